using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611270300, "add_token_key")]
public sealed class AddTokenKey : SqlMigration
{
    public override string Sql =>
        """
        alter table api_token add column key_id text;
        comment on column api_token.key_id is 'which key the token is hashed under: the beginning of an HMAC-SHA256 of a fixed text; null where it was not yet noted';
        """;
}
