using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Transfers;

public static class TransfersRegistration
{
    public static IServiceCollection AddTransfers(this IServiceCollection services) => services
        .AddProblems(typeof(TransferProblems))
        .AddHandlersAndRules(typeof(DataTransfer).Assembly)
        .AddEntity<DataTransferRoute, int, CreateDataTransferRoute>()
        .AddWork<DataTransfer>()
        .AddEntity<DataTransferLog, Guid, CreateDataTransferLog>()
        .AddWork<ArchiveTransfer>()
        .AddWork<StagingJob>()
        .AddScoped<Rotation>().AddScoped<Routing>()
        .AddScoped<LineageReader>()
        .AddToRole("viewer", "write:staging")
        .AddToRole("observer", "write:staging")
        .AddToRole("service", "write:staging");
}

/// <summary>What transfers are refused with.</summary>
public static class TransferProblems
{
    public static readonly Problem QuotaExceeded = new("quota-exceeded", Conflict, "There is no room for it",
        "Release staging jobs whose data are no longer needed, ask for fewer packages, or for another location.");
}

/// <summary>A way from one site to another is made known.</summary>
public sealed record CreateDataTransferRoute(string Name, int OriginSiteId, int DestinationSiteId, RouteType RouteType, string Method)
    : ICreate<DataTransferRoute>
{
    /// <summary>Of a relay: the site between.</summary>
    public int? RelaySiteId { get; init; }

    /// <summary>Of a custom route: the location where it begins.</summary>
    public int? OriginLocationId { get; init; }

    /// <summary>Of a custom route: the location where it ends.</summary>
    public int? DestinationLocationId { get; init; }

    /// <summary>Of several between the same sites the one with the lowest number is used first.</summary>
    public int Priority { get; init; } = 100;

    /// <summary>How many transfers may be under way on it at once.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>How much each process that works on it may carry at once, by the hour of the day; absent for as much as it can.</summary>
    public JsonElement? Bandwidth { get; init; }

    /// <summary>Whether it is in use.</summary>
    public bool Active { get; init; } = true;
}

/// <summary>A worker has written a log.</summary>
/// <param name="Status">Into which state the try led.</param>
/// <param name="WrittenAt">UTC.</param>
/// <param name="LogReference">Where the log can be found.</param>
public sealed record CreateDataTransferLog(WorkStatus Status, DateTimeOffset WrittenAt, string LogReference) : ICreate<DataTransferLog>
{
    /// <summary>Of this data transfer; or an archive transfer is given.</summary>
    public Guid? DataTransferId { get; init; }

    /// <summary>Of this archive transfer.</summary>
    public Guid? LongTermArchiveTransferId { get; init; }

    /// <summary>The one line of it that says what happened.</summary>
    public string? Summary { get; init; }
}
