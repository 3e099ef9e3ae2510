using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611210930, "create_tokens")]
public sealed class CreateTokens : SqlMigration
{
    public override string Sql =>
        $"""
        create table api_token (
          id uuid primary key,
          name text not null,
          kind text not null check (kind in ('pat', 'svc', 'site')),
          user_name text not null,
          token_hash text not null unique check (token_hash ~ '^[0-9a-f]{"{64}"}$'),
          scopes text[] not null,
          expires_at timestamptz not null,
          revoked_at timestamptz,
          {Columns.OfEveryRow}
        );
        comment on column api_token.token_hash is 'HMAC-SHA256 of the token under the installation''s key, hexadecimal; the token itself is nowhere';
        comment on column api_token.scopes is 'permissions action:resource, * for any';
        """;
}
