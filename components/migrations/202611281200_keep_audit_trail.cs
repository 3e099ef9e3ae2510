using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611281200, "keep_audit_trail")]
public sealed class KeepAuditTrail : SqlMigration
{
    public override string Sql => $"{Tables}\n{OnlyAdded}\n{Chain}\n{Operators}";

    private const string Tables =
        $"""
        create table audit_entry (
          id uuid primary key,
          at timestamptz not null,
          site text not null,
          user_name text,
          token_id uuid,
          action text not null,
          outcome text not null check (outcome in ('done', 'refused', 'failed')),
          target text,
          address text,
          detail jsonb,
          {Columns.OfEveryRow}
        );
        create index audit_entry_time on audit_entry (at desc, id desc);
        create index audit_entry_user on audit_entry (user_name, at desc, id desc);
        create index audit_entry_token on audit_entry (token_id, at desc, id desc);
        create index audit_entry_action on audit_entry (action, at desc, id desc);
        create index audit_entry_target on audit_entry (target, at desc, id desc);
        comment on table audit_entry is 'Who did what, when, from where, with what outcome; rows are only ever added. No secret, and no value of a field';
        comment on column audit_entry.id is 'UUIDv7, given by the site; of what an operator did about transactions the id of the transaction_intervention';
        comment on column audit_entry.at is 'When, UTC, by the clock of the site; of several refusals that are told together, when the latest was told';
        comment on column audit_entry.site is 'The site at which it was done, or about whose writes an operator decided; the chain that it is in';
        comment on column audit_entry.user_name is 'Who; null where the token was not known';
        comment on column audit_entry.token_id is 'The token; null where it was not known, and for what the program does itself. It may be gone';
        comment on column audit_entry.action is 'The kind of a write, refused, or transactions. with what an operator did';
        comment on column audit_entry.outcome is 'done; refused, when the caller was not let in; failed, when it was tried in vain';
        comment on column audit_entry.target is 'What it was done to: table/key';
        comment on column audit_entry.address is 'The address that the request came from; null for what the program does itself';
        comment on column audit_entry.detail is
          'More of it: operation and the names of the fields that changed; reason and number of refusals; an operator''s note';
        select opsdb_comment_row('audit_entry');

        create table audit_chain (
          site text not null,
          number bigint not null check (number > 0),
          entry_id uuid not null unique references audit_entry,
          previous_hash bytea not null check (octet_length(previous_hash) = 32),
          hash bytea not null check (octet_length(hash) = 32),
          primary key (site, number)
        );
        comment on table audit_chain is 'The chain of each site''s audit entries, written by a trigger as their transactions are committed';
        comment on column audit_chain.site is 'The site of the entry';
        comment on column audit_chain.number is 'From 1 on without a gap, in the order of the commits on the main database';
        comment on column audit_chain.entry_id is 'The entry';
        comment on column audit_chain.previous_hash is 'The hash of the number before; 32 zero bytes for the first';
        comment on column audit_chain.hash is 'SHA-256 of previous_hash and, in UTF-8, of the entry''s columns as a JSON array';
        """;

    private const string OnlyAdded =
        """
        create function opsdb_refuse_change() returns trigger
        language plpgsql as $body$
        begin
          raise exception 'rows of % are only ever added', tg_table_name using errcode = 'insufficient_privilege';
        end
        $body$;
        comment on function opsdb_refuse_change is
          'Refuses to change or delete rows of the audit trail, whoever wants to; whoever gets around it is found out by audit verify';
        create trigger only_added before update or delete or truncate on audit_entry for each statement execute function opsdb_refuse_change();
        create trigger only_added before update or delete or truncate on audit_chain for each statement execute function opsdb_refuse_change();
        """;

    // Deferred: the chain is locked behind everything else that a transaction locks, and only while it is committed.
    private const string Chain =
        """
        create function opsdb_chain_entry() returns trigger
        language plpgsql security definer as $body$
        declare
          last record;
        begin
          perform pg_advisory_xact_lock(hashtextextended('opsdb/audit/' || new.site, 0));
          select number, hash into last from audit_chain where site = new.site order by number desc limit 1;
          last.number := coalesce(last.number, 0) + 1;
          last.hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
          insert into audit_chain (site, number, entry_id, previous_hash, hash)
          values (new.site, last.number, new.id, last.hash, sha256(last.hash || convert_to(json_build_array(
            new.id, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), new.site, new.user_name, new.token_id, new.action, new.outcome,
            new.target, new.address, new.detail, new.version, to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), new.created_by,
            to_char(new.modified_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), new.modified_by, new.transaction_id)::text, 'UTF8')));
          return null;
        end
        $body$;
        comment on function opsdb_chain_entry is
          'Adds an entry to the chain of its site. It has its owner''s rights: the processes cannot write the chain otherwise';
        do $do$
        begin
          execute format('alter function opsdb_chain_entry() set search_path = %I, pg_temp', current_schema());
        end
        $do$;
        create constraint trigger chain_entry after insert on audit_entry deferrable initially deferred
          for each row execute function opsdb_chain_entry();
        """;

    private const string Operators =
        """
        alter table transaction_intervention add address text;
        comment on column transaction_intervention.address is 'The address that the request came from; null for a verb of the program';

        create function opsdb_audit_intervention() returns trigger
        language plpgsql as $body$
        begin
          insert into audit_entry (id, at, site, user_name, token_id, action, outcome, target, address, detail,
                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
          values (new.id, new.at, new.site, new.actor, new.token_id, 'transactions.' || new.action,
                  case when new.outcome = 'failed' then 'failed' else 'done' end,
                  coalesce('applied_transaction/' || new.transaction_id, 'site_watermark/' || new.site), new.address,
                  jsonb_strip_nulls(jsonb_build_object('outcome', new.outcome, 'note', new.note)),
                  1, new.at, new.actor, new.at, new.actor, coalesce(new.transaction_id, new.id));
          return null;
        end
        $body$;
        comment on function opsdb_audit_intervention is 'Adds an audit entry for what an operator does about transactions';
        create trigger audit_intervention after insert on transaction_intervention for each row execute function opsdb_audit_intervention();
        """;
}
