using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271410, "create_raw_data")]
public sealed class CreateRawData : SqlMigration
{
    public override string Sql =>
        $"""
        create table raw_data_package (
          id uuid primary key,
          executed_obs_unit_id uuid not null references executed_obs_unit,
          instrument_module_id integer not null references instrument_module,
          part_number integer not null check (part_number > 0),
          finalized_at timestamptz,
          file_count integer check (file_count >= 0),
          size_bytes bigint check (size_bytes >= 0),
          checksum bytea,
          checksum_algorithm text check (checksum_algorithm in ('sha256', 'sha512', 'md5')),
          build_status text not null check (build_status in ('pending', 'scheduled', 'in_progress', 'completed', 'failed')),
          state text not null check (state in ('waiting', 'transferring', 'archived', 'failed')),
          attempt integer not null check (attempt >= 0),
          since timestamptz not null,
          reason text,
          next_step text,
          deadline timestamptz,
          metadata jsonb,
          {Columns.OfEveryRow},
          unique (executed_obs_unit_id, instrument_module_id, part_number),
          check ((checksum is null) = (checksum_algorithm is null)),
          constraint raw_data_package_built_whole check (build_status in ('pending', 'failed') or finalized_at is not null),
          constraint raw_data_package_moved_built check (state = 'waiting' or build_status = 'completed')
        );
        comment on table raw_data_package is 'Files of one execution and one instrument module that are packed, moved and archived together';
        comment on column raw_data_package.id is 'UUIDv7 made of the execution''s time and of execution, module and part';
        comment on column raw_data_package.part_number is 'From 1; what is too large for one package goes into several';
        comment on column raw_data_package.finalized_at is 'When it was said that no more files come, UTC; null while some may';
        comment on column raw_data_package.file_count is 'How many files it has, counted when it was finalized';
        comment on column raw_data_package.size_bytes is 'Of its files together, bytes, counted when it was finalized';
        comment on column raw_data_package.checksum is 'Of the packed file, once it is built';
        comment on column raw_data_package.build_status is 'How far the packing is';
        comment on column raw_data_package.state is 'Whereabouts: waiting at its first location, transferring, archived, or failed on its way';
        comment on column raw_data_package.attempt is 'How often the present step was tried';
        comment on column raw_data_package.since is 'When it came into the present build status and state, UTC';
        comment on column raw_data_package.reason is 'Why it is in this state';
        comment on column raw_data_package.next_step is 'What has to happen next';
        comment on column raw_data_package.deadline is 'When the present step should be done, UTC';
        comment on column raw_data_package.metadata is 'What the instrument says of the data, JSON';
        comment on constraint raw_data_package_built_whole on raw_data_package is
          'Forbids a package that is built while files may still come: (build_status in_progress, finalized_at null)';
        comment on constraint raw_data_package_moved_built on raw_data_package is
          'Forbids a package that is moved before it is built: (build_status pending, state transferring)';
        create index raw_data_package_build on raw_data_package (build_status, id) where build_status <> 'completed';
        create index raw_data_package_state on raw_data_package (state, id) where state <> 'archived';

        create table raw_data_file (
          id uuid not null primary key,
          executed_obs_unit_id uuid not null references executed_obs_unit,
          instrument_module_id integer not null references instrument_module,
          source_location_id integer not null references data_location,
          relative_path text collate "C" not null check (octet_length(relative_path) between 1 and 1024),
          size_bytes bigint not null check (size_bytes >= 0),
          checksum bytea not null,
          checksum_algorithm text not null check (checksum_algorithm in ('sha256', 'sha512', 'md5')),
          file_type text,
          raw_data_package_id uuid references raw_data_package,
          recorded_at timestamptz not null,
          {Columns.OfEveryRow}
        ) partition by range (id);
        comment on table raw_data_file is 'A file as an instrument has written it; a partition for each year of the executions';
        comment on column raw_data_file.id is
          'UUIDv7 made of the execution''s time and of execution, location and path: the same file has the same id everywhere';
        comment on column raw_data_file.source_location_id is 'Where the instrument has written it';
        comment on column raw_data_file.relative_path is 'Below the location, with slashes, UTF-8 in normal form C';
        comment on column raw_data_file.size_bytes is 'Bytes';
        comment on column raw_data_file.checksum is 'Of the content, by the algorithm beside it';
        comment on column raw_data_file.file_type is 'What it is, in the words of the instrument';
        comment on column raw_data_file.raw_data_package_id is 'The package that it belongs to; null until it is in one';
        comment on column raw_data_file.recorded_at is 'When the instrument had written it, UTC';
        create index raw_data_file_execution on raw_data_file (executed_obs_unit_id, relative_path);
        create index raw_data_file_package on raw_data_file (raw_data_package_id) where raw_data_package_id is not null;
        create index raw_data_file_checksum on raw_data_file (checksum);
        create index raw_data_file_recorded on raw_data_file (recorded_at, id);

        create function opsdb_first_uuid(year integer) returns uuid
        language sql immutable as $body$
          select (lpad(to_hex((extract(epoch from make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
        $body$;
        comment on function opsdb_first_uuid is 'What no UUIDv7 of that year or a later one is below';

        create function opsdb_make_partitions(first integer, last integer) returns integer
        language plpgsql as $body$
        declare
          made integer := 0;
        begin
          for y in first..last loop
            if to_regclass(format('raw_data_file_%s', y)) is null then
              execute format('create table raw_data_file_%s partition of raw_data_file for values from (%L) to (%L)',
                y, opsdb_first_uuid(y), opsdb_first_uuid(y + 1));
              execute format('create unique index raw_data_file_%s_once on raw_data_file_%s (source_location_id, relative_path)', y, y);
              made := made + 1;
            end if;
          end loop;
          return made;
        end
        $body$;
        comment on function opsdb_make_partitions is
          'Makes the partitions of these years that are not there, and says how many; within one a path of a location is there once';

        create table raw_data_file_other partition of raw_data_file default;
        create unique index raw_data_file_other_once on raw_data_file_other (source_location_id, relative_path);
        comment on table raw_data_file_other is 'Files of years that have no partition of their own: should be empty';
        select opsdb_make_partitions(2025, 2036);

        select opsdb_keep_history('raw_data_package'), opsdb_keep_history('raw_data_file');
        """;
}
