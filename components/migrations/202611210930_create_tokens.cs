using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

[DbContext(typeof(SchemaContext)), Migration("202611210930_create_tokens")]
internal sealed class CreateTokens : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
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
        """);
}
