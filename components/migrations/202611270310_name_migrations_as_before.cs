using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611270310, "name_migrations_as_before")]
public sealed class NameMigrationsAsBefore : SqlMigration
{
    // Processes of the release before look at the table of Entity Framework while a site is upgraded; its rows are in the version table.
    public override string Sql =>
        """
        drop table if exists schema_migration;
        create view schema_migration as
          select concat(version, '_', name) as "MigrationId", ''::text as "ProductVersion" from opsdb_migrations.applied_migration;
        comment on view schema_migration is 'Where processes of the release before this one look for the migrations; the next release drops it';
        """;
}
