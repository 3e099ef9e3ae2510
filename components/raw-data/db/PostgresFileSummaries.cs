using Dapper;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.ObsUnits;

namespace OpsDb.RawData.Db;

internal sealed class PostgresFileSummaries(IReports reports) : IFileSummaries
{
    public async Task<FileSummary> SumAsync(FileSummaryQuery query, CancellationToken ct)
    {
        var parameters = new DynamicParameters(new { limit = FileSummaryQuery.MaxGroups + 1 });
        var rows = await reports.AskAsync<Group>(
            [
                new ReportTable<RawDataFile>(query.Files,
                    "executed_obs_unit_id", "instrument_module_id", "raw_data_package_id", "size_bytes", "recorded_at"),
                .. query.By.SelectMany(Joined),
            ],
            sources => Sql(query.By, sources), parameters, ct);
        return new([.. rows.Take(FileSummaryQuery.MaxGroups).Select(Of)], rows.Count > FileSummaryQuery.MaxGroups);
    }

    private static string Sql(IReadOnlyList<FileGrouping> by, IReadOnlyList<string> sources)
    {
        var numbers = string.Join(", ", Enumerable.Range(1, by.Count));
        var joins = sources.Skip(1).Zip(by.SelectMany(On), (source, on) => $"left join {source} on {on}");
        return $"""
            select {string.Concat(by.Select(b => $"{Key(b)}, "))}count(*) as files, coalesce(least(sum(size_bytes), {long.MaxValue}), 0)::bigint as bytes
            from {sources[0]} {string.Join(' ', joins)}
            {(by.Count == 0 ? "" : $"group by {numbers} order by {numbers}")} limit @limit
            """;
    }

    private static string Key(FileGrouping by) => by switch
    {
        FileGrouping.Program => "obs_unit.observing_program_id",
        FileGrouping.Day => "(recorded_at at time zone 'UTC')::date as day",
        FileGrouping.Module => "instrument_module_id",
        _ => "coalesce(raw_data_package.state, 'none') as state",
    };

    private static IEnumerable<ReportTable> Joined(FileGrouping by) => by switch
    {
        FileGrouping.Program =>
        [
            new ReportTable<Execution>(ListQuery<Execution>.Everything, "id", "obs_unit_id"),
            new ReportTable<ObsUnit>(ListQuery<ObsUnit>.Everything, "id", "observing_program_id"),
        ],
        FileGrouping.State => [new ReportTable<RawDataPackage>(ListQuery<RawDataPackage>.Everything, "id", "state")],
        _ => [],
    };

    /// <summary>How what is joined belongs to the files, in the same order.</summary>
    private static IEnumerable<string> On(FileGrouping by) => by switch
    {
        FileGrouping.Program => ["executed_obs_unit.id = executed_obs_unit_id", "obs_unit.id = obs_unit_id"],
        FileGrouping.State => ["raw_data_package.id = raw_data_package_id"],
        _ => [],
    };

    private static FileCount Of(Group row) => new(
        row.ObservingProgramId, row.Day, row.InstrumentModuleId, EnumText.Find<FileWhereabouts>(row.State), row.Files, row.Bytes);

    private sealed record Group
    {
        public int? ObservingProgramId { get; init; }
        public DateOnly? Day { get; init; }
        public int? InstrumentModuleId { get; init; }
        public string? State { get; init; }
        public long Files { get; init; }
        public long Bytes { get; init; }
    }
}

public static class RawDataDbRegistration
{
    public static IServiceCollection AddRawDataDb(this IServiceCollection services) => services.AddScoped<IFileSummaries, PostgresFileSummaries>();
}
