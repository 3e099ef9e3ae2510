using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611211530, "begin_log_anew")]
public sealed class BeginLogAnew : SqlMigration
{
    public override string Sql =>
        """
        alter table site_watermark drop constraint site_watermark_check;
        alter table site_watermark
          add column begun_at timestamptz not null default clock_timestamp(),
          add column previous_epoch uuid,
          add column fork_position bigint,
          add column applied_position bigint,
          add column seen_position bigint,
          add column reason text,
          add column acknowledged_at timestamptz,
          add column acknowledged_by text,
          add check ((previous_epoch is null) = (fork_position is null));
        alter table site_watermark alter column begun_at drop default;
        comment on column site_watermark.begun_at is 'When the main database first met this epoch; the newest is the present one';
        comment on column site_watermark.previous_epoch is 'The epoch that this one follows, after the log had lost entries';
        comment on column site_watermark.fork_position is 'Up to here the log still is that of the previous epoch';
        comment on column site_watermark.applied_position is 'How far the previous epoch had been applied';
        comment on column site_watermark.seen_position is 'The last position of the previous epoch that a process of the site knew of; null when none did';
        comment on column site_watermark.acknowledged_at is 'When an operator acknowledged that positions are missing';
        """;
}
