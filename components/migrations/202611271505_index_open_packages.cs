using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271505, "index_open_packages")]
public sealed class IndexOpenPackages : SqlMigration
{
    public override string Sql =>
        """
        create index raw_data_package_since on raw_data_package (since, id);
        create index raw_data_package_open on raw_data_package (id) where finalized_at is null;
        create index raw_data_file_unpackaged on raw_data_file (id) where raw_data_package_id is null;
        comment on index raw_data_package_since is 'for those that stay in a state too long';
        comment on index raw_data_package_open is 'for those that wait for files: few of many';
        comment on index raw_data_file_unpackaged is 'for those that are in no package yet: few of many';
        """;
}
