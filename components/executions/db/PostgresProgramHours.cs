using Dapper;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.ObsUnits;
using OpsDb.Programs;

namespace OpsDb.Executions.Db;

internal sealed class PostgresProgramHours(IReports reports) : IProgramHours
{
    public async Task<ProgramHoursList> SumAsync(int? program, DateTimeOffset now, CancellationToken ct)
    {
        var rows = await reports.AskAsync<Sum>(
            [
                new ReportTable<Execution>(ListQuery<Execution>.Everything, "obs_unit_id", "status", "start_time", "end_time"),
                new ReportTable<ObsUnit>(ListQuery<ObsUnit>.Everything, "id", "observing_program_id", "sub_observing_program_id", "requested_minutes"),
                new ReportTable<SubObservingProgram>(ListQuery<SubObservingProgram>.Everything, "id", "observing_program_id", "short_name", "allocated_hours"),
                new ReportTable<ObservingProgram>(ListQuery<ObservingProgram>.Everything, "id", "short_name", "allocated_hours"),
            ],
            sources => Sql(sources), new DynamicParameters(new { program, now }), ct);
        return new([.. rows.Select(r => r.Answer())]);
    }

    // A unit's executions are summed before they meet its requested time, which would count once for each of them.
    private static string Sql(IReadOnlyList<string> sources) =>
        $"""
        with executed as (
          select obs_unit_id, count(*) as executions,
                 sum(extract(epoch from end_time - start_time)) filter (where status = 'completed') / 3600 as used,
                 sum(extract(epoch from end_time - start_time)) filter (where status in ('aborted', 'failed')) / 3600 as lost,
                 sum(greatest(extract(epoch from @now::timestamptz - start_time), 0)) filter (where status = 'running') / 3600 as running
          from {sources[0]}
          where @program::int is null or obs_unit_id in (select id from {sources[1]} where observing_program_id = @program)
          group by obs_unit_id),
        planned as (
          select observing_program_id, sub_observing_program_id, grouping(sub_observing_program_id) as whole,
                 sum(requested_minutes) / 60.0 as requested, sum(used) as used, sum(lost) as lost, sum(running) as running, sum(executions) as executions
          from {sources[1]} left join executed on obs_unit_id = id
          group by grouping sets ((observing_program_id), (observing_program_id, sub_observing_program_id))),
        named as (
          select id as program, short_name, null::int as part, short_name as own, allocated_hours from {sources[3]}
          union all
          select observing_program.id, observing_program.short_name, sub_observing_program.id, sub_observing_program.short_name,
                 sub_observing_program.allocated_hours
          from {sources[2]} join {sources[3]} on observing_program.id = sub_observing_program.observing_program_id)
        select program as observing_program_id, short_name, part as sub_observing_program_id, allocated_hours,
               coalesce(requested, 0)::float8 as requested_hours, coalesce(used, 0)::float8 as used_hours, coalesce(lost, 0)::float8 as lost_hours,
               coalesce(running, 0)::float8 as running_hours, coalesce(executions, 0)::bigint as executions
        from named left join planned on observing_program_id = program and whole = (case when part is null then 1 else 0 end)
          and sub_observing_program_id is not distinct from part
        where @program::int is null or program = @program
        order by program, part is not null, own
        """;

    private sealed record Sum
    {
        public int ObservingProgramId { get; init; }
        public string ShortName { get; init; } = "";
        public int? SubObservingProgramId { get; init; }
        public double? AllocatedHours { get; init; }
        public double RequestedHours { get; init; }
        public double UsedHours { get; init; }
        public double LostHours { get; init; }
        public double RunningHours { get; init; }
        public long Executions { get; init; }

        public ProgramHours Answer() => new(ObservingProgramId, ShortName, SubObservingProgramId, AllocatedHours, Round(RequestedHours), Round(UsedHours),
            Round(LostHours), Round(RunningHours), Executions, AllocatedHours > 0 ? Round(UsedHours / AllocatedHours.Value) : null);

        private static double Round(double value) => Math.Round(value, 6);
    }
}

public static class ExecutionsDbRegistration
{
    public static IServiceCollection AddExecutionsDb(this IServiceCollection services) => services.AddScoped<IProgramHours, PostgresProgramHours>();
}
