using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271100, "keep_row_history")]
public sealed class KeepRowHistory : SqlMigration
{
    public override string Sql =>
        """
        create table row_history (
          number bigint generated always as identity primary key,
          entity text not null,
          key text not null,
          version integer not null,
          transaction_id uuid not null,
          recorded_from timestamptz not null,
          recorded_to timestamptz not null,
          superseded_by uuid,
          is_deleted boolean not null,
          row jsonb not null,
          check (recorded_to >= recorded_from)
        );
        create index row_history_row on row_history (entity, key, number);
        create index row_history_recorded on row_history (entity, recorded_to);
        comment on table row_history is 'Superseded versions of the rows of every entity, since this table is there; written by triggers, kept for ever';
        comment on column row_history.number is 'The order in which the versions of one row were superseded';
        comment on column row_history.entity is 'The table that had the row';
        comment on column row_history.key is 'Its primary key as text';
        comment on column row_history.transaction_id is 'The transaction that made this version';
        comment on column row_history.recorded_from is 'When the main database had recorded the version, by its own clock, UTC';
        comment on column row_history.recorded_to is 'When it was superseded or deleted, by the same clock, UTC; the next version of the row begins there';
        comment on column row_history.superseded_by is 'The transaction that did it; null for a deletion by hand';
        comment on column row_history.is_deleted is 'Whether the row was deleted then, and not changed';
        comment on column row_history.row is 'The whole row, with the columns that are never published';

        create function opsdb_recorded_from(of_entity text, of_key text, of_transaction uuid, otherwise timestamptz) returns timestamptz
        language sql stable as $body$
          select case
            when before.superseded_by = of_transaction and not before.is_deleted then before.recorded_to
            else greatest(coalesce((
              select applied_at from applied_transaction where id = of_transaction and outcome = 'applied'), otherwise), before.recorded_to)
          end
          from (values (1)) as one left join lateral (
            select superseded_by, is_deleted, recorded_to from row_history
            where entity = of_entity and key = of_key order by number desc limit 1) before on true
        $body$;
        comment on function opsdb_recorded_from is
          'When the main database had recorded the present version of a row: where the version before it ends, else when its transaction was applied';

        create function opsdb_keep_version() returns trigger
        language plpgsql as $body$
        begin
          -- One transaction may change a row more than once, and may not be recorded before it has done so.
          if tg_op = 'UPDATE' then
            insert into row_history (entity, key, version, transaction_id, recorded_from, recorded_to, superseded_by, is_deleted, row)
            select tg_table_name, before.id::text, before.version, before.transaction_id,
                   since.at, greatest(since.at, coalesce(by.applied_at, clock_timestamp())), after.transaction_id, false, to_jsonb(before)
            from rows_before before join rows_after after on after.id = before.id
              cross join lateral opsdb_recorded_from(tg_table_name, before.id::text, before.transaction_id,
                case when before.transaction_id = after.transaction_id then clock_timestamp() else before.modified_at end) since (at)
              left join applied_transaction by on by.id = after.transaction_id and by.outcome = 'applied'
            where (after.version, after.transaction_id) is distinct from (before.version, before.transaction_id);
          else
            insert into row_history (entity, key, version, transaction_id, recorded_from, recorded_to, superseded_by, is_deleted, row)
            select tg_table_name, before.id::text, before.version, before.transaction_id,
                   since.at, greatest(since.at, coalesce(by.applied_at, clock_timestamp())), deleting.transaction_id, true, to_jsonb(before)
            from rows_before before
              cross join (select nullif(current_setting('opsdb.transaction', true), '')::uuid) deleting (transaction_id)
              cross join lateral opsdb_recorded_from(tg_table_name, before.id::text, before.transaction_id,
                case when before.transaction_id = deleting.transaction_id then clock_timestamp() else before.modified_at end) since (at)
              left join applied_transaction by on by.id = deleting.transaction_id and by.outcome = 'applied';
          end if;
          return null;
        end
        $body$;
        comment on function opsdb_keep_version is
          'Keeps what a statement supersedes or deletes. An update that leaves version and transaction, as a migration''s, is no change of the row';

        create function opsdb_keep_history(entity regclass) returns void
        language plpgsql as $body$
        begin
          execute format('create trigger keep_changed after update on %s referencing old table as rows_before new table as rows_after '
            'for each statement execute function opsdb_keep_version()', entity);
          execute format('create trigger keep_deleted after delete on %s referencing old table as rows_before '
            'for each statement execute function opsdb_keep_version()', entity);
        end
        $body$;
        comment on function opsdb_keep_history is 'Called by the migration that creates an entity''s table: its superseded versions go into row_history';

        select opsdb_keep_history('observatory'), opsdb_keep_history('telescope'), opsdb_keep_history('instrument'), opsdb_keep_history('instrument_module'),
               opsdb_keep_history('observing_program'), opsdb_keep_history('source'), opsdb_keep_history('obs_mode'), opsdb_keep_history('obs_unit'),
               opsdb_keep_history('executed_obs_unit'), opsdb_keep_history('api_token');
        """;
}
