using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290300, "create_notices")]
public sealed class CreateNotices : SqlMigration
{
    public override string Sql =>
        """
        create table notice (
          id bigint generated always as identity primary key,
          about text not null unique check (length(about) <= 200),
          user_name text not null references app_user (name) on update cascade,
          subject text not null check (length(subject) <= 200),
          body text not null check (length(body) <= 4000),
          created_at timestamptz not null default now(),
          delivered_at timestamptz
        );
        create index notice_user on notice (user_name);
        create index notice_waiting on notice (id) where delivered_at is null;
        comment on table notice is 'What users are told outside of OpsDb, by mail or a webhook; written together with what it is about, delivered later';
        comment on column notice.id is 'Number, in the order of writing';
        comment on column notice.about is 'What it is about: the same is told once, however often it is written';
        comment on column notice.user_name is 'Who is told';
        comment on column notice.subject is 'One line';
        comment on column notice.body is 'The rest, as plain text; no secret';
        comment on column notice.created_at is 'When it was written, UTC';
        comment on column notice.delivered_at is 'When it was delivered, UTC; null while it waits';
        """;
}
