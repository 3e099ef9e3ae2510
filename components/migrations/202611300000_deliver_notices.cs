using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611300000, "deliver_notices")]
public sealed class DeliverNotices : SqlMigration
{
    public override string Sql =>
        """
        alter table notice
          add column attempt integer not null default 0 check (attempt >= 0),
          add column next_at timestamptz default now(),
          add column reason text check (length(reason) <= 1000),
          add constraint notice_delivered_once check (delivered_at is null or next_at is null);
        update notice set next_at = null where delivered_at is not null;
        drop index notice_waiting;
        create index notice_waiting on notice (next_at, id) where delivered_at is null;
        create index notice_old on notice (created_at);
        comment on constraint notice_delivered_once on notice is
          'Forbids what is delivered and tried again: (delivered_at, next_at) = (2026-03-01 06:00, 2026-03-01 06:02)';
        comment on column notice.attempt is 'How often it was tried in vain';
        comment on column notice.next_at is 'From when on it is tried, UTC; null when it is delivered or given up';
        comment on column notice.reason is 'Why it could not be delivered the last time';
        """;
}
