using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

[DbContext(typeof(SchemaContext)), Migration("202611212230_name_first_missing")]
internal sealed class NameFirstMissing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table site_watermark add column missing_position bigint;
        comment on column site_watermark.missing_position is 'The first position of the previous epoch that may be missing, where positions have been used again; else the one after the fork and after what was applied';
        """);
}
