namespace OpsDb.Migrations;

/// <summary>
/// What comes before the migrations, under the lock and in one transaction: the version table, the history that Entity
/// Framework has left in <c>schema_migration</c>, and the refusal of a database that this release does not fit.
/// </summary>
internal static class Preparation
{
    /// <summary>The SQLSTATE of a refusal; its message is one sentence for the operator.</summary>
    public const string Refused = "OD010";

    public static string Sql { get; } =
        $"""
        do $prepare$
        declare
          found text;
        begin
          if to_regnamespace('{VersionTable.Schema}') is null then
            create schema {VersionTable.Schema};
            comment on schema {VersionTable.Schema} is 'Which schema migrations of OpsDb this database has';
          end if;
          if to_regclass('{VersionTable.Qualified}') is null then
            create table {VersionTable.Qualified} (
              version bigint primary key,
              name text not null,
              checksum text not null,
              applied_at timestamptz default now()
            );
            comment on column {VersionTable.Qualified}.version is 'When the migration was written, yyyyMMddHHmm';
            comment on column {VersionTable.Qualified}.checksum is 'SHA-256 of its SQL, hexadecimal';
            comment on column {VersionTable.Qualified}.applied_at is 'Null for what an installation had before this table kept it';
          end if;

          if exists (select from pg_class where oid = to_regclass('schema_migration') and relkind = 'r') then
            select "MigrationId" into found from schema_migration
            where "MigrationId" not in (select concat(version, '_', name) from ({Known}) known (version, name, checksum)) order by 1 desc limit 1;
            if found is null then
              insert into {VersionTable.Qualified} (version, name, checksum, applied_at)
              select known.version, known.name, known.checksum, null
              from schema_migration join ({Known}) known (version, name, checksum) on "MigrationId" = concat(known.version, '_', known.name)
              on conflict do nothing;
            end if;
          end if;
          if found is null then
            select concat(version, '_', name) into found from {VersionTable.Qualified}
            where version not in (select version from ({Known}) known (version, name, checksum)) order by version desc limit 1;
          end if;
          if found is not null then
            raise exception using errcode = '{Refused}', message =
              'The database has the migration ' || found || ', which this release does not know (its newest is {KnownMigration.All[^1]}): '
              'a newer release has migrated it; use the program of that one.';
          end if;

          select concat(applied.version, '_', applied.name) into found
          from {VersionTable.Qualified} applied join ({Known}) known (version, name, checksum) using (version)
          where applied.checksum <> known.checksum order by version limit 1;
          if found is not null then
            raise exception using errcode = '{Refused}', message =
              'The migration ' || found || ' was edited after it had been applied to this database: put it back as it was released, and write a new one.';
          end if;
        end
        $prepare$;

        {Rights.Function}
        """;

    private static string Known => $"values {string.Join(", ", KnownMigration.All.Select(m => $"({m.Version}, '{m.Name}', '{m.Checksum}')"))}";
}
