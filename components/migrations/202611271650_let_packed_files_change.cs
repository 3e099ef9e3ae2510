using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271650, "let_packed_files_change")]
public sealed class LetPackedFilesChange : SqlMigration
{
    public override string Sql =>
        """
        create function opsdb_package_takes_files_later() returns trigger
        language plpgsql as $body$
        declare
          closed uuid;
        begin
          -- A file that is in its package already changes like any other.
          perform 1 from raw_data_package p
          where p.id in (select after.raw_data_package_id from rows_after after join rows_before before on before.id = after.id
                         where after.raw_data_package_id is distinct from before.raw_data_package_id) order by p.id for share;
          select p.id into closed from raw_data_package p
          where p.id in (select after.raw_data_package_id from rows_after after join rows_before before on before.id = after.id
                         where after.raw_data_package_id is distinct from before.raw_data_package_id) and p.finalized_at is not null
          limit 1;
          if closed is not null then
            perform opsdb_refuse('raw_data_package_finalized', format('The package %s is finalized: no more files come into it', closed));
          end if;
          return null;
        end
        $body$;
        comment on function opsdb_package_takes_files_later is 'Refuses files that come later into a package that is finalized';
        drop trigger takes_files_later on raw_data_file;
        create trigger takes_files_later after update on raw_data_file referencing old table as rows_before new table as rows_after
          for each statement execute function opsdb_package_takes_files_later();
        """;
}
