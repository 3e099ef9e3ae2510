using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271610, "create_physical_copies")]
public sealed class CreatePhysicalCopies : SqlMigration
{
    public override string Sql =>
        $"""
        create function opsdb_derived_id(of_id uuid, of_text text) returns uuid
        language sql stable as $body$
          select encode(set_byte(set_byte(b, 6, get_byte(b, 6) & 15 | 112), 8, get_byte(b, 8) & 63 | 128), 'hex')::uuid
          from (select substring(uuid_send(of_id) from 1 for 6)
                       || substring(sha256(uuid_send(of_id) || convert_to(of_text, 'UTF8')) from 1 for 10)) d (b)
        $body$;
        comment on function opsdb_derived_id is 'An id that follows from another one and a text: a UUIDv7 with the time of the other';

        create table physical_copy (
          id uuid not null primary key,
          data_location_id integer not null,
          location_type text not null,
          raw_data_file_id uuid,
          raw_data_package_id uuid references raw_data_package,
          data_transfer_package_id uuid references data_transfer_package,
          status text not null check (status in (
            'present', 'staged', 'deletion_possible', 'deletion_scheduled', 'deletion_in_progress', 'deleted', 'deletion_failed')),
          verified_at timestamptz,
          verified_checksum bytea,
          verified_algorithm text check (verified_algorithm in ('sha256', 'sha512', 'md5')),
          {Columns.OfWork},
          {Columns.OfEveryRow},
          constraint physical_copy_place foreign key (data_location_id, location_type) references data_location (id, location_type),
          constraint physical_copy_of_one check (num_nonnulls(raw_data_file_id, raw_data_package_id, data_transfer_package_id) = 1),
          constraint physical_copy_verified check (num_nonnulls(verified_at, verified_checksum, verified_algorithm) in (0, 3)),
          constraint physical_copy_staged check (status <> 'staged' or location_type = 'processing' and raw_data_package_id is not null),
          constraint physical_copy_possible check (status <> 'deletion_possible' or raw_data_file_id is not null),
          constraint physical_copy_archived check (location_type <> 'long_term_archive' or status = 'present')
        ) partition by range (id);
        comment on table physical_copy is
          'That a raw data file, a raw data package or a data transfer package is at a data location; the only basis for deletion; a partition for each year';
        comment on column physical_copy.id is 'UUIDv7 that follows from object and location: one row for each place of an object';
        comment on column physical_copy.data_location_id is 'Where it is';
        comment on column physical_copy.location_type is 'What that location is for, so that the constraints can tell';
        comment on column physical_copy.raw_data_file_id is
          'Of this file; null for a copy of something else. No foreign key: files are never deleted, and there are a thousand million';
        comment on column physical_copy.raw_data_package_id is 'Of this raw data package; null for a copy of something else';
        comment on column physical_copy.data_transfer_package_id is 'Of this data transfer package; null for a copy of something else';
        comment on column physical_copy.status is 'Whether it is there';
        comment on column physical_copy.verified_at is
          'When its content was last found to be what it should be, UTC; null when nobody has looked, or it was not';
        comment on column physical_copy.verified_checksum is 'By which checksum';
        comment on column physical_copy.verified_algorithm is 'How that was computed';
        comment on constraint physical_copy_place on physical_copy is 'Forbids a copy that says another purpose than its location has';
        comment on constraint physical_copy_of_one on physical_copy is
          'Forbids a copy of two objects or of none: (raw_data_file_id set, raw_data_package_id set)';
        comment on constraint physical_copy_verified on physical_copy is
          'Forbids a verification without its checksum: (verified_at set, verified_checksum null)';
        comment on constraint physical_copy_staged on physical_copy is 'Forbids what is staged anywhere else: (status staged, location_type buffer)';
        comment on constraint physical_copy_possible on physical_copy is
          'Forbids it of anything but a file: (status deletion_possible, raw_data_package_id set)';
        comment on constraint physical_copy_archived on physical_copy is
          'Forbids any deletion from a long-term archive: (location_type long_term_archive, status deletion_scheduled)';
        create index physical_copy_file on physical_copy (raw_data_file_id) where raw_data_file_id is not null;
        create index physical_copy_package on physical_copy (raw_data_package_id) where raw_data_package_id is not null;
        create index physical_copy_bundle on physical_copy (data_transfer_package_id) where data_transfer_package_id is not null;
        create index physical_copy_open on physical_copy (status, data_location_id, id) where status not in ('present', 'deleted');
        create table physical_copy_other partition of physical_copy default;
        comment on table physical_copy_other is 'Copies of years that have no partition of their own: should be empty';

        create or replace function opsdb_partition_years(first integer, last integer) returns setof integer
        language plpgsql as $body$
        declare
          y integer;
          entity text;
          made boolean;
        begin
          for y in first..last loop
            begin
              made := false;
              foreach entity in array array['raw_data_file', 'physical_copy'] loop
                continue when to_regclass(format('%s_%s', entity, y)) is not null;
                -- Nothing comes into it between the move and the new bounds.
                execute format('lock table %s_other in share row exclusive mode', entity);
                execute format('create table %s_%s (like %s including defaults including constraints)', entity, y, entity);
                -- Not over the table itself: a row that moves to another partition is not changed, and has no version more in its history.
                execute format('with moved as (delete from %s_other where id >= %L and id < %L returning *) insert into %s_%s select * from moved',
                  entity, opsdb_first_uuid(y), opsdb_first_uuid(y + 1), entity, y);
                if entity = 'raw_data_file' then
                  execute format('create unique index raw_data_file_%s_once on raw_data_file_%s (source_location_id, relative_path)', y, y);
                end if;
                execute format('alter table %s attach partition %s_%s for values from (%L) to (%L)',
                  entity, entity, y, opsdb_first_uuid(y), opsdb_first_uuid(y + 1));
                made := true;
              end loop;
              if made then
                return next y;
              end if;
            exception when foreign_key_violation then
              -- All of the block is undone: rows of other tables refer to rows of that year.
              null;
            end;
          end loop;
        end
        $body$;
        comment on function opsdb_partition_years is
          'Makes the partitions of these years that are not there, of files and of copies, with the rows of those years that are in the tables for '
          'other years, and says which; a year is left out whose rows in there are referred to. Within a partition a path of a location is there once';
        select opsdb_partition_years(2025, 2036);

        create function opsdb_note_source_copies() returns trigger
        language plpgsql as $body$
        begin
          insert into physical_copy (id, data_location_id, location_type, raw_data_file_id, status, attempt, since,
                                     version, created_at, created_by, modified_at, modified_by, transaction_id)
          select opsdb_derived_id(f.id, E'copy\n' || f.source_location_id), f.source_location_id, 'source', f.id, 'present', 0, f.created_at,
                 1, f.created_at, f.created_by, f.modified_at, f.modified_by, f.transaction_id
          from rows_after f;
          return null;
        end
        $body$;
        comment on function opsdb_note_source_copies is 'Notes that a file which an instrument has registered is where the instrument has written it';
        create trigger note_copies after insert on raw_data_file referencing new table as rows_after
          for each statement execute function opsdb_note_source_copies();
        create trigger takes_files after insert on raw_data_file referencing new table as rows_after
          for each statement execute function opsdb_package_takes_files();
        create trigger takes_files_later after update on raw_data_file referencing new table as rows_after
          for each statement execute function opsdb_package_takes_files();
        insert into physical_copy (id, data_location_id, location_type, raw_data_file_id, status, attempt, since,
                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
        select opsdb_derived_id(f.id, E'copy\n' || f.source_location_id), f.source_location_id, 'source', f.id, 'present', 0, f.created_at,
               1, f.created_at, f.created_by, f.modified_at, f.modified_by, f.transaction_id
        from raw_data_file f;

        create table data_hold (
          id uuid primary key,
          physical_copy_id uuid references physical_copy,
          raw_data_package_id uuid references raw_data_package,
          reason text not null,
          until timestamptz,
          released_at timestamptz,
          {Columns.OfEveryRow},
          constraint data_hold_on_one check (num_nonnulls(physical_copy_id, raw_data_package_id) = 1)
        );
        comment on table data_hold is 'That somebody wants data to stay: nothing that is held is deleted';
        comment on column data_hold.id is 'UUIDv7';
        comment on column data_hold.physical_copy_id is 'On this copy alone; null for a hold on a package';
        comment on column data_hold.raw_data_package_id is 'On every copy of this raw data package and of its files; null for a hold on one copy';
        comment on column data_hold.reason is 'Why';
        comment on column data_hold.until is 'When it ends by itself, UTC; null for when it is released';
        comment on column data_hold.released_at is 'When it was released, UTC';
        comment on constraint data_hold_on_one on data_hold is 'Forbids a hold on two things or on none: (physical_copy_id null, raw_data_package_id null)';
        create index data_hold_copy on data_hold (physical_copy_id) where physical_copy_id is not null;
        create index data_hold_package on data_hold (raw_data_package_id) where raw_data_package_id is not null;
        select opsdb_comment_work('physical_copy'), opsdb_keep_history('physical_copy');
        select opsdb_keep_history('data_hold');
        """;
}
