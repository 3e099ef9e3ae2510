using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Transfers.Db;

internal sealed class PostgresTransferOverviews(IReports reports) : ITransferOverviews
{
    private const string Packages = "packages", Copying = "copying", Unpacking = "unpacking", Archiving = "archiving", Staging = "staging", Active = "active";

    public async Task<TransferOverview> ReadAsync(CancellationToken ct)
    {
        var groups = await reports.AskAsync<Group>(
            [
                new ReportTable<RawDataPackage>(ListQuery<RawDataPackage>.Everything, "state"),
                new ReportTable<DataTransfer>(ListQuery<DataTransfer>.Everything, "status", "unpack_status"),
                new ReportTable<ArchiveTransfer>(ListQuery<ArchiveTransfer>.Everything, "status"),
                new ReportTable<StagingJob>(ListQuery<StagingJob>.Everything, "status", "released_at"),
            ],
            Sql, new(), ct);
        var counts = groups.ToDictionary(g => (g.Kind, g.State), g => g.Rows);
        return new(groups.Where(g => g.Kind == Packages).Sum(g => g.Rows), Of(Active, ""),
            new(Are(Whereabouts.Waiting), Are(Whereabouts.Transferring), Are(Whereabouts.Archived), Are(Whereabouts.Failed)),
            Work(Copying), Work(Unpacking), Work(Archiving), Work(Staging));

        long Of(string kind, string state) => counts.GetValueOrDefault((kind, state));
        long Are(Whereabouts state) => Of(Packages, EnumText.Of(state));
        long Is(string kind, WorkStatus status) => Of(kind, EnumText.Of(status));
        WorkCounts Work(string kind) => new(Is(kind, WorkStatus.Pending), Is(kind, WorkStatus.Scheduled), Is(kind, WorkStatus.InProgress),
            Is(kind, WorkStatus.Completed), Is(kind, WorkStatus.Failed));
    }

    private static string Sql(IReadOnlyList<string> sources) => $"""
        select '{Packages}' as kind, state, count(*) as rows from {sources[0]} group by state
        union all select '{Copying}', status, count(*) from {sources[1]} group by status
        union all select '{Unpacking}', unpack_status, count(*) from {sources[1]} where status = 'completed' group by unpack_status
        union all select '{Active}', '', count(*) from {sources[1]}
            where status in ('scheduled', 'in_progress') or unpack_status in ('scheduled', 'in_progress')
        union all select '{Archiving}', status, count(*) from {sources[2]} group by status
        union all select '{Staging}', status, count(*) from {sources[3]} where released_at is null group by status
        """;

    private sealed record Group
    {
        public string Kind { get; init; } = "";
        public string State { get; init; } = "";
        public long Rows { get; init; }
    }
}

public static class TransfersDbRegistration
{
    public static IServiceCollection AddTransfersDb(this IServiceCollection services) => services.AddScoped<ITransferOverviews, PostgresTransferOverviews>();
}
