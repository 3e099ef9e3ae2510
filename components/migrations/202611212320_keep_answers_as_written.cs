using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

[DbContext(typeof(SchemaContext)), Migration("202611212320_keep_answers_as_written")]
internal sealed class KeepAnswersAsWritten : Migration
{
    // Nobody looks into an answer in SQL; it is stored as it is, which costs a third less, and replayed as it was given.
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table applied_transaction alter column answer type json;");
}
