using FluentMigrator.Model;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Conventions;
using FluentMigrator.Runner.Generators;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.VersionTableInfo;

namespace OpsDb.Migrations;

/// <summary>Where FluentMigrator finds which migrations a database has. <see cref="Preparation"/> makes the table.</summary>
internal sealed class VersionTable : IVersionTableMetaData
{
    public const string Schema = "opsdb_migrations", Table = "applied_migration", Qualified = $"{Schema}.{Table}", GrantRights = $"{Schema}.grant_rights()";

    public string SchemaName => Schema;

    public string TableName => Table;

    public string ColumnName => "version";

    public string DescriptionColumnName => "name";

    public string AppliedOnColumnName => "applied_at";

    public string UniqueIndexName => "applied_migration_pkey";

    public bool OwnsSchema => false;

    public bool CreateWithPrimaryKey => false;
}

/// <summary>Writes the row of a migration with its checksum; the time is the database's.</summary>
internal sealed class ChecksummedVersions(
    IProcessorAccessor processor,
    IGeneratorAccessor generator,
    IConventionSet conventions,
    IMigrationRunnerConventions runnerConventions,
    IVersionTableMetaData table,
    IMigrationRunner runner) : VersionLoader(processor, generator, conventions, runnerConventions, table, runner)
{
    protected override InsertionDataDefinition CreateVersionInfoInsertionData(long version, string description)
    {
        var migration = KnownMigration.All.Single(m => m.Version == version);
        return
        [
            new(VersionTableMetaData.ColumnName, migration.Version),
            new(VersionTableMetaData.DescriptionColumnName, migration.Name),
            new("checksum", migration.Checksum),
        ];
    }
}
