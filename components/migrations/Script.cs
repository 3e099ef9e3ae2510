using System.Text;

namespace OpsDb.Migrations;

/// <summary>The same as SQL, for a DBA who applies it by hand.</summary>
internal static class Script
{
    public static string Write()
    {
        var text = new StringBuilder(
            $"""
            -- The schema of OpsDb up to {KnownMigration.All[^1]}. Whatever version a database has, it has the newest afterwards;
            -- run again, it changes nothing. Run it as the role that owns the schema: psql -v ON_ERROR_STOP=1 -f <this file>
            select pg_advisory_lock({Migrator.Turn});

            {Preparation.Sql}

            """);
        foreach (var migration in KnownMigration.All)
        {
            text.Append(
                $"""

                do $migration$
                begin
                  if not exists (select from {VersionTable.Qualified} where version = {migration.Version}) then
                    execute $sql$
                {migration.Sql}
                $sql$;
                    insert into {VersionTable.Qualified} (version, name, checksum) values ({migration.Version}, '{migration.Name}', '{migration.Checksum}');
                    perform {VersionTable.GrantRights};
                  end if;
                end
                $migration$;

                """);
        }

        return text.Append(
            $"""

            {Years.Ahead};
            select {VersionTable.GrantRights};
            select pg_advisory_unlock({Migrator.Turn});
            """).ToString();
    }
}
