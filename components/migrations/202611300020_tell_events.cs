using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611300020, "tell_events")]
public sealed class TellEvents : SqlMigration
{
    public override string Sql =>
        """
        create table outbox_event (
          number bigint generated always as identity primary key,
          xid xid8 not null default pg_current_xact_id(),
          entity text not null,
          key text not null,
          row_version integer not null,
          change text not null check (change in ('created', 'changed', 'deleted')),
          transaction_id uuid,
          recorded_at timestamptz not null default clock_timestamp()
        );
        create index outbox_event_xid on outbox_event (xid, number);
        comment on table outbox_event is 'What has happened to rows of which events tell, written by triggers with the change; kept for 30 days';
        comment on column outbox_event.number is 'The events of one row are in the order of its changes; those of others may be seen later than higher numbers';
        comment on column outbox_event.xid is 'The database transaction that wrote it; readers tell by it what they have seen';
        comment on column outbox_event.entity is 'The table of the row';
        comment on column outbox_event.key is 'Its primary key as text';
        comment on column outbox_event.row_version is 'The version that was made, or deleted';
        comment on column outbox_event.change is 'created, changed or deleted';
        comment on column outbox_event.transaction_id is 'The transaction that did it; its row in applied_transaction; null for a deletion by hand';
        comment on column outbox_event.recorded_at is 'When it was written, by the main database''s clock, UTC';

        create function opsdb_tell_event() returns trigger
        language plpgsql as $body$
        begin
          if tg_op = 'INSERT' then
            insert into outbox_event (entity, key, row_version, change, transaction_id)
            select tg_table_name, after.id::text, after.version, 'created', after.transaction_id from rows_after after;
          elsif tg_op = 'UPDATE' then
            insert into outbox_event (entity, key, row_version, change, transaction_id)
            select tg_table_name, after.id::text, after.version, 'changed', after.transaction_id
            from rows_after after join rows_before before on before.id = after.id
            where (after.version, after.transaction_id) is distinct from (before.version, before.transaction_id);
          else
            insert into outbox_event (entity, key, row_version, change, transaction_id)
            select tg_table_name, before.id::text, before.version, 'deleted', nullif(current_setting('opsdb.transaction', true), '')::uuid
            from rows_before before;
          end if;
          return null;
        end
        $body$;
        comment on function opsdb_tell_event is
          'Tells of what a statement does to rows. An update that leaves version and transaction, as a migration''s, is no change of the row';

        create function opsdb_tell_events(entity regclass) returns void
        language plpgsql as $body$
        begin
          execute format('create trigger tell_created after insert on %s referencing new table as rows_after '
            'for each statement execute function opsdb_tell_event()', entity);
          execute format('create trigger tell_changed after update on %s referencing old table as rows_before new table as rows_after '
            'for each statement execute function opsdb_tell_event()', entity);
          execute format('create trigger tell_deleted after delete on %s referencing old table as rows_before '
            'for each statement execute function opsdb_tell_event()', entity);
        end
        $body$;
        comment on function opsdb_tell_events is 'Called by the migration that makes an entity one of which events tell';

        select opsdb_tell_events('executed_obs_unit'), opsdb_tell_events('obs_unit'), opsdb_tell_events('instrument_module'),
               opsdb_tell_events('raw_data_package'), opsdb_tell_events('data_transfer_package'), opsdb_tell_events('data_transfer'),
               opsdb_tell_events('long_term_archive_transfer'), opsdb_tell_events('staging_job'), opsdb_tell_events('physical_copy'),
               opsdb_tell_events('work_item'), opsdb_tell_events('observing_program');
        """;
}
