using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290110, "keep_provider_keys")]
public sealed class KeepProviderKeys : SqlMigration
{
    public override string Sql =>
        """
        create table provider_keys (
          issuer text primary key,
          keys text not null,
          read_at timestamptz not null
        );
        comment on table provider_keys is
          'Public keys of identity providers as they were answered last, with which every site checks tokens also while the provider is away';
        comment on column provider_keys.issuer is 'The provider, as its tokens name it';
        comment on column provider_keys.keys is 'A JWK Set (RFC 7517): public keys only';
        comment on column provider_keys.read_at is 'When the provider answered it, UTC';

        comment on column user_identity.last_synced_at is 'When the mirror of the provider last changed the user, UTC; null where it never did';
        """;
}
