using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271600, "create_data_transfer_packages")]
public sealed class CreateDataTransferPackages : SqlMigration
{
    public override string Sql =>
        $"""
        alter table data_location
          add min_archive_copies integer not null default 2 check (min_archive_copies between 1 and 10),
          add staging_quota_bytes bigint check (staging_quota_bytes > 0),
          add constraint data_location_quota check (staging_quota_bytes is null or location_type = 'processing'),
          add constraint data_location_type unique (id, location_type);
        comment on column data_location.min_archive_copies is
          'How many verified copies at different sites'' long-term archives must exist before a copy here may be deleted; for source and buffer';
        comment on column data_location.staging_quota_bytes is 'How much one user may have staged there at once, bytes; null for as much as it holds';
        comment on constraint data_location_quota on data_location is
          'Forbids a quota where nothing is staged: (location_type buffer, staging_quota_bytes 1000)';

        create table data_transfer_package (
          id uuid primary key,
          origin_location_id integer not null references data_location,
          package_count integer not null check (package_count > 0),
          size_bytes bigint not null check (size_bytes >= 0),
          status {Columns.WorkStatus},
          file_name text,
          checksum bytea,
          checksum_algorithm text check (checksum_algorithm in ('sha256', 'sha512', 'md5')),
          {Columns.OfWork},
          {Columns.OfEveryRow},
          constraint data_transfer_package_checksum check ((checksum is null) = (checksum_algorithm is null))
        );
        comment on constraint data_transfer_package_checksum on data_transfer_package is
          'Forbids a checksum of which nobody knows how it was computed: (checksum set, checksum_algorithm null)';
        comment on table data_transfer_package is 'A bundle of raw data packages, large enough for a long way: it leaves the site of its origin once';
        comment on column data_transfer_package.id is 'UUIDv7';
        comment on column data_transfer_package.origin_location_id is 'The buffer in which it is bundled, from which it leaves';
        comment on column data_transfer_package.package_count is 'How many raw data packages it has';
        comment on column data_transfer_package.size_bytes is 'Of its raw data packages together, bytes';
        comment on column data_transfer_package.status is 'How far the bundling is';
        comment on column data_transfer_package.file_name is 'Of the bundle as one file, below its origin, once there is one';
        comment on column data_transfer_package.checksum is 'Of the bundle as one file, once there is one';
        comment on column data_transfer_package.checksum_algorithm is 'How the checksum was computed';
        create index data_transfer_package_open on data_transfer_package (status, id) where status <> 'completed';
        create index data_transfer_package_origin on data_transfer_package (origin_location_id, id);

        alter table raw_data_package
          add data_transfer_package_id uuid references data_transfer_package,
          add constraint raw_data_package_covers unique (id, executed_obs_unit_id, instrument_module_id),
          add constraint raw_data_package_bundled check (data_transfer_package_id is null or build_status = 'completed');
        create index raw_data_package_bundle on raw_data_package (data_transfer_package_id) where data_transfer_package_id is not null;
        comment on column raw_data_package.data_transfer_package_id is 'The data transfer package in which it leaves its first site; null until it is in one';
        comment on constraint raw_data_package_bundled on raw_data_package is
          'Forbids a package in a bundle before it is built: (build_status pending, data_transfer_package_id set)';

        alter table raw_data_file drop constraint raw_data_file_raw_data_package_id_fkey;
        alter table raw_data_file add constraint raw_data_file_package foreign key (raw_data_package_id, executed_obs_unit_id, instrument_module_id)
          references raw_data_package (id, executed_obs_unit_id, instrument_module_id);
        comment on constraint raw_data_file_package on raw_data_file is
          'Forbids a file in the package of another execution or module: a package covers one of each';

        create function opsdb_refuse(rule text, what text) returns void
        language plpgsql as $body$
        begin
          raise exception '%', what using errcode = 'OD004', constraint = rule;
        end
        $body$;
        comment on function opsdb_refuse is 'Refuses a statement that breaks a rule of the domain: SQLSTATE OD004, with the name of the rule as its constraint';

        create function opsdb_package_takes_files() returns trigger
        language plpgsql as $body$
        declare
          closed uuid;
        begin
          -- The lock lets nobody finalize the package before these files are in it.
          perform 1 from raw_data_package p
          where p.id in (select raw_data_package_id from rows_after where raw_data_package_id is not null) order by p.id for share;
          select p.id into closed from raw_data_package p
          where p.id in (select raw_data_package_id from rows_after where raw_data_package_id is not null) and p.finalized_at is not null
          limit 1;
          if closed is not null then
            perform opsdb_refuse('raw_data_package_finalized', format('The package %s is finalized: no more files come into it', closed));
          end if;
          return null;
        end
        $body$;
        comment on function opsdb_package_takes_files is 'Refuses files for a package that is finalized';

        create function opsdb_package_is_whole() returns trigger
        language plpgsql as $body$
        declare
          files bigint;
          bytes bigint;
        begin
          select count(*), coalesce(sum(size_bytes), 0) into files, bytes from raw_data_file where raw_data_package_id = new.id;
          if files is distinct from new.file_count or bytes is distinct from new.size_bytes then
            perform opsdb_refuse('raw_data_package_whole',
              format('The package %s has %s files of %s bytes, and was finalized with %s of %s', new.id, files, bytes, new.file_count, new.size_bytes));
          end if;
          return new;
        end
        $body$;
        comment on function opsdb_package_is_whole is 'Refuses to finalize a package with another number of files or bytes than it has';
        create trigger is_whole before update on raw_data_package for each row
          when (old.finalized_at is null and new.finalized_at is not null) execute function opsdb_package_is_whole();

        create function opsdb_comment_work(entity regclass) returns void
        language plpgsql as $body$
        begin
          execute format('comment on column %s.attempt is ''How often the present step was tried''', entity);
          execute format('comment on column %s.since is ''When it came into its present state, UTC''', entity);
          execute format('comment on column %s.reason is ''Why it is in this state''', entity);
          execute format('comment on column %s.next_step is ''What has to happen next''', entity);
          execute format('comment on column %s.deadline is ''When the present step should be done, UTC''', entity);
        end
        $body$;
        comment on function opsdb_comment_work is 'Called by the migration that creates a table of work: comments the columns that all work has';
        select opsdb_comment_work('data_transfer_package'), opsdb_keep_history('data_transfer_package');
        """;
}
