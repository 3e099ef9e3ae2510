using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290010, "create_sessions")]
public sealed class CreateSessions : SqlMigration
{
    public override string Sql =>
        $"""
        create table user_session (
          id uuid primary key,
          user_name text not null,
          secret_hash text not null,
          method text not null check (method in ('local', 'github', 'oidc')),
          address text,
          user_agent text,
          signed_in_at timestamptz not null,
          expires_at timestamptz not null,
          ended_at timestamptz,
          ended_reason text check (ended_reason in ('signed_out', 'revoked', 'replaced', 'passphrase_changed')),
          {Columns.OfEveryRow},
          constraint user_session_time check (expires_at > signed_in_at),
          constraint user_session_end check ((ended_at is null) = (ended_reason is null))
        );
        create index user_session_user on user_session (user_name, signed_in_at);
        comment on table user_session is 'That a user has signed in, in one browser; the cookie has the secret';
        comment on column user_session.id is 'UUIDv7, given by the site; in audit_entry.token_id of what was done in it';
        comment on column user_session.user_name is 'Whose it is';
        comment on column user_session.secret_hash is 'HMAC-SHA256 of the cookie under the installation''s key, hexadecimal; the cookie is stored nowhere';
        comment on column user_session.method is
          'How the user has shown who they are: local, by a passphrase kept here; github; oidc, the provider of identities';
        comment on column user_session.address is 'From where';
        comment on column user_session.user_agent is 'What the browser says that it is, at most 200 characters';
        comment on column user_session.signed_in_at is 'When it began, UTC';
        comment on column user_session.expires_at is 'When it ends at the latest, UTC; earlier when it is not used for SESSION_IDLE_TIME';
        comment on column user_session.ended_at is 'When somebody has ended it, UTC';
        comment on column user_session.ended_reason is
          'signed_out, by its user; revoked, from elsewhere; replaced, by a sign-in in the same browser; passphrase_changed';
        comment on constraint user_session_time on user_session is 'Forbids a session that ends before it begins: (signed_in_at 10:00, expires_at 09:00)';
        comment on constraint user_session_end on user_session is 'Forbids an end without a reason: (ended_at 10:00, ended_reason null)';

        create table local_credential (
          id integer primary key references app_user,
          passphrase_hash text not null,
          changed_at timestamptz not null,
          totp_secret text,
          totp_confirmed_at timestamptz,
          {Columns.OfEveryRow},
          constraint local_credential_totp check (totp_confirmed_at is null or totp_secret is not null)
        );
        comment on table local_credential is 'With what a user signs in at OpsDb itself';
        comment on column local_credential.id is 'The user';
        comment on column local_credential.passphrase_hash is 'Argon2id in the PHC form $argon2id$v=19$m=KiB,t=passes,p=1$salt$hash';
        comment on column local_credential.changed_at is 'When the passphrase was set last, UTC';
        comment on column local_credential.totp_secret is 'What codes by time (RFC 6238) are made of, sealed under a key that follows from API_TOKEN_KEY';
        comment on column local_credential.totp_confirmed_at is 'Since when codes are asked for, UTC; null where they are not';
        comment on constraint local_credential_totp on local_credential is
          'Forbids to ask for codes of nothing: (totp_confirmed_at 10:00, totp_secret null)';

        comment on column audit_entry.token_id is
          'The token or the session; null where it was not known, and for what the program does itself. It may be gone';

        select opsdb_keep_history('user_session'), opsdb_keep_history('local_credential');
        """;
}
