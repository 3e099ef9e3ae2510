using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611212230, "name_first_missing")]
public sealed class NameFirstMissing : SqlMigration
{
    public override string Sql =>
        """
        alter table site_watermark add column missing_position bigint;
        comment on column site_watermark.missing_position is 'The first position of the previous epoch that may be missing, where positions have been used again; else the one after the fork and after what was applied';
        """;
}
