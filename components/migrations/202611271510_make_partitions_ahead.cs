using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271510, "make_partitions_ahead")]
public sealed class MakePartitionsAhead : SqlMigration
{
    public override string Sql =>
        """
        drop function opsdb_make_partitions(integer, integer);

        create function opsdb_partition_years(first integer, last integer) returns setof integer
        language plpgsql as $body$
        declare
          y integer;
          name text;
        begin
          for y in select year from generate_series(first, last) year where to_regclass(format('raw_data_file_%s', year)) is null loop
            name := format('raw_data_file_%s', y);
            begin
              -- Nothing comes into it between the move and the new bounds.
              lock table raw_data_file_other in share row exclusive mode;
              execute format('create table %s (like raw_data_file including defaults including constraints)', name);
              -- Not over raw_data_file: a row that moves to another partition is not changed, and has no version more in its history.
              execute format('with moved as (delete from raw_data_file_other where id >= %L and id < %L returning *) insert into %s select * from moved',
                opsdb_first_uuid(y), opsdb_first_uuid(y + 1), name);
              execute format('create unique index %s_once on %s (source_location_id, relative_path)', name, name);
              execute format('alter table raw_data_file attach partition %s for values from (%L) to (%L)',
                name, opsdb_first_uuid(y), opsdb_first_uuid(y + 1));
              return next y;
            exception when foreign_key_violation then
              -- All of the block is undone: rows of other tables refer to files of that year.
              null;
            end;
          end loop;
        end
        $body$;
        comment on function opsdb_partition_years is
          'Makes the partitions of these years that are not there, with the files of those years that are in raw_data_file_other, and says which; '
          'a year is left out whose files in there are referred to. Within a partition a path of a location is there once';
        """;
}
