using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611210900, "create_transactions")]
public sealed class CreateTransactions : SqlMigration
{
    public override string Sql =>
        """
        create table site_watermark (
          site text not null,
          epoch uuid not null,
          position bigint not null check (position >= 0),
          transaction_id uuid,
          revision bigint not null default 0,
          primary key (site, epoch),
          check ((position = 0) = (transaction_id is null))
        );
        comment on table site_watermark is 'How far the log of each site has been applied; advanced in the same commit as the effects, so a replica''s row proves what that replica contains';
        comment on column site_watermark.revision is 'Raised by operators'' interventions; the processor''s compare-and-set includes it';

        create table applied_transaction (
          id uuid primary key,
          site text not null,
          epoch uuid,
          position bigint,
          kind text not null,
          schema_version integer not null,
          actor text not null,
          token_id uuid,
          idempotency_key text,
          body_hash text,
          answer jsonb,
          occurred_at timestamptz not null,
          applied_at timestamptz not null,
          outcome text not null check (outcome in ('applied', 'duplicate', 'failed', 'parked', 'discarded')),
          check ((epoch is null) = (position is null)),
          check ((idempotency_key is null) or (body_hash is not null))
        );
        create unique index applied_transaction_key on applied_transaction (site, actor, idempotency_key, (epoch is null)) where idempotency_key is not null;
        create index applied_transaction_position on applied_transaction (site, epoch, position) where position is not null;
        comment on table applied_transaction is 'Every transaction ever executed on the main database; kept for ever: it makes a second execution impossible and answers a repeated idempotency key';
        comment on column applied_transaction.epoch is 'The site log''s epoch; null for a direct write';
        comment on column applied_transaction.occurred_at is 'When the site accepted it';
        comment on column applied_transaction.answer is 'The first answer, replayed for its idempotency key';

        create function opsdb_expect(actual bigint, expected bigint, code text, subject text, key text) returns boolean
        language plpgsql as $body$
        begin
          if actual is distinct from expected then
            raise exception '% % is not as it was seen', subject, key using errcode = code, table = subject, detail = key;
          end if;
          return true;
        end
        $body$;
        comment on function opsdb_expect is 'Raises when a statement touched another number of rows than it must; OD001 watermark moved, OD002 row conflict';
        """;
}
