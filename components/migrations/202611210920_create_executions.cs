using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611210920, "create_executions")]
public sealed class CreateExecutions : SqlMigration
{
    public override string Sql =>
        $"""
        create table executed_obs_unit (
          id uuid primary key,
          obs_unit_id integer not null references obs_unit,
          status text not null check (status in ('running', 'completed', 'aborted', 'failed')),
          start_time timestamptz not null,
          end_time timestamptz,
          mean_pwv_mm double precision check (mean_pwv_mm >= 0),
          mean_elevation_deg double precision check (mean_elevation_deg between 0 and 90),
          quality text check (quality in ('good', 'usable', 'bad')),
          reason text,
          comment text,
          {Columns.OfEveryRow},
          check (end_time >= start_time),
          check ((status = 'running') = (end_time is null))
        );
        create index executed_obs_unit_start on executed_obs_unit (start_time, id);
        create index executed_obs_unit_obs_unit on executed_obs_unit (obs_unit_id, start_time);
        create index executed_obs_unit_running on executed_obs_unit (status) where status = 'running';
        comment on column executed_obs_unit.mean_pwv_mm is 'mean precipitable water vapour during the execution, mm';
        comment on column executed_obs_unit.mean_elevation_deg is 'mean elevation during the execution, degrees';
        comment on column executed_obs_unit.quality is 'the observer''s judgement';
        comment on column executed_obs_unit.reason is 'why it was aborted or has failed';
        """;
}
