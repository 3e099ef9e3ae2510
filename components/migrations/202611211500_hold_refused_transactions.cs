using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611211500, "hold_refused_transactions")]
public sealed class HoldRefusedTransactions : SqlMigration
{
    public override string Sql =>
        """
        alter table site_watermark add column holds uuid;
        comment on column site_watermark.holds is 'Names the present content of held_transaction for the site: another value whenever that changes';

        create table held_transaction (
          id uuid primary key references applied_transaction,
          number bigint generated always as identity,
          site text not null,
          epoch uuid not null,
          position bigint not null,
          kind text not null,
          state text not null check (state in ('failed', 'parked')),
          entry json not null,
          moves text[] not null,
          code text,
          constraint_name text,
          reason text,
          conflicts json,
          held_at timestamptz not null,
          check ((state = 'failed') = (reason is not null))
        );
        create index held_transaction_site on held_transaction (site, number);
        comment on table held_transaction is 'Buffered transactions that the main database refused (failed), and those behind them that concern the same rows (parked), until a person resolves them';
        comment on column held_transaction.number is 'The order in which they were held, which is the order of the site''s log';
        comment on column held_transaction.entry is 'The transaction as the site logged it, or as an operator has corrected it';
        comment on column held_transaction.moves is 'Guards of the rows it changes and the ranges it claims: whoever reads or changes them waits behind it';
        comment on column held_transaction.code is 'SQLSTATE of the refusal';
        comment on column held_transaction.conflicts is 'For a conflict, each row as the site saw it and as the main database had it';

        create table transaction_intervention (
          id uuid primary key,
          site text not null,
          transaction_id uuid,
          epoch uuid,
          position bigint,
          action text not null check (action in ('retry', 'edit', 'discard', 'continue', 'acknowledge_loss')),
          actor text not null,
          token_id uuid,
          note text,
          outcome text not null,
          before json,
          after json,
          at timestamptz not null
        );
        create index transaction_intervention_transaction on transaction_intervention (transaction_id);
        create index transaction_intervention_site on transaction_intervention (site, at);
        comment on table transaction_intervention is 'Audit: what operators did about transactions that could not be applied; kept for ever';
        comment on column transaction_intervention.before is 'The transaction before a correction';

        drop index applied_transaction_key;
        create unique index applied_transaction_key on applied_transaction (site, actor, idempotency_key, (epoch is null)) where idempotency_key is not null and outcome <> 'duplicate';
        alter table applied_transaction add column duplicate_of uuid references applied_transaction;
        comment on column applied_transaction.duplicate_of is 'The first transaction with the same idempotency key, which this one repeats; it has had no effect of its own';
        """;
}
