using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290120, "create_device_authorizations")]
public sealed class CreateDeviceAuthorizations : SqlMigration
{
    public override string Sql =>
        """
        create table device_authorization (
          device_hash text primary key,
          user_hash text not null unique,
          client_id text not null,
          scopes text[] not null,
          address text,
          expires_at timestamptz not null,
          interval_s integer not null,
          asked_at timestamptz,
          decided_at timestamptz,
          decided_by text,
          granted_scopes text[],
          taken_at timestamptz,
          constraint device_authorization_decided check ((decided_at is null) = (decided_by is null) and (granted_scopes is null or decided_at is not null)),
          constraint device_authorization_taken check (taken_at is null or granted_scopes is not null)
        );
        create index device_authorization_expires on device_authorization (expires_at);
        comment on table device_authorization is 'Programs without a browser that ask for a token; forgotten an hour after it is too late to decide';
        comment on column device_authorization.device_hash is 'Of the code that the program keeps: HMAC-SHA256 under the key of the tokens, hexadecimal';
        comment on column device_authorization.user_hash is 'Of the code that a person reads, in the same way';
        comment on column device_authorization.client_id is 'What the program calls itself';
        comment on column device_authorization.scopes is 'Permissions that it asks for, action:resource, * for any';
        comment on column device_authorization.address is 'From where it asks';
        comment on column device_authorization.expires_at is 'Until when it can be decided and the token taken, UTC';
        comment on column device_authorization.interval_s is 'Seconds that the program waits between two questions';
        comment on column device_authorization.asked_at is 'When the program has asked last whether it gets its token, UTC';
        comment on column device_authorization.decided_at is 'When somebody has approved or denied it, UTC';
        comment on column device_authorization.decided_by is 'Who has';
        comment on column device_authorization.granted_scopes is 'What the token permits; null where nothing is decided, or it was denied';
        comment on column device_authorization.taken_at is 'When the program has got its token, UTC';
        comment on constraint device_authorization_decided on device_authorization is
          'Forbids a decision of nobody, and scopes without a decision: (decided_at null, decided_by "x")';
        comment on constraint device_authorization_taken on device_authorization is
          'Forbids a token that nobody has approved: (taken_at "2026-11-29", granted_scopes null)';
        """;
}
