using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

[DbContext(typeof(SchemaContext)), Migration("202611270300_add_token_key")]
internal sealed class AddTokenKey : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table api_token add column key_id text;
        comment on column api_token.key_id is 'which key the token is hashed under: the beginning of an HMAC-SHA256 of a fixed text; null where it was not yet noted';
        """);
}
