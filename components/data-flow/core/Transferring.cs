using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;
using OpsDb.Transfers;

namespace OpsDb.DataFlow;

/// <summary>Fetches the packages of bundles into the buffer to which they go. Workers of the destination do that: they know best when they have room.</summary>
internal sealed class TransferStage(
    IReader<DataTransfer, Guid> transfers, IReader<DataTransferPackage, Guid> bundles, IReader<RawDataPackage, Guid> packages,
    IReader<DataLocation, int> locations, IReader<DataTransferRoute, int> routes, WorkBook book, StoreKinds stores, Throttles throttles, ICommands commands,
    WorkOptions options, TimeProvider time) : DataStage<DataTransfer>(transfers, book, commands)
{
    private readonly ICommands commands = commands;

    public override string Operation => "data_transfer";

    protected override string Doing => "copying";

    public override bool WorksAt(DataLocation location) => location.LocationType == LocationType.Buffer;

    public override async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var open = await OpenAsync(places, "status", ct);
        var ways = await routes.FindManyAsync([.. open.Select(t => t.RouteId).OfType<int>().Distinct()], ct);
        // Those under way first: of the others as many as the route takes at once.
        var mine = open.GroupBy(t => t.RouteId).SelectMany(of => of.OrderBy(t => (t.Status == WorkStatus.Pending ? 1 : 0, t.Attempt, t.Id))
            .Take(of.Key is { } id && ways.TryGetValue(id, out var way) ? way.MaxParallel : MaxFound));
        return [.. mine.Select(t => places.Offer(t.DestinationLocationId, Operation, t))];
    }

    protected override bool IsOver(DataTransfer subject) => subject.Status == WorkStatus.Completed;

    protected override WorkStatus StatusOf(DataTransfer subject) => subject.Status;

    protected override ICommand<DataTransfer> Move(Guid id, WorkStatus status, Said said) =>
        new MoveDataTransfer { Id = id, Status = status, NextStep = said.NextStep, Reason = said.Reason, Deadline = said.Deadline };

    protected override async Task DoAsync(WorkItem item, DataTransfer subject, CancellationToken ct)
    {
        var bundle = await bundles.GetAsync(subject.DataTransferPackageId, ct);
        var (from, to) = (stores.Open(await locations.GetAsync(subject.OriginLocationId, ct)), stores.Open(await locations.GetAsync(item.DataLocationId, ct)));
        var members = (await packages.ListAsync(ListQuery<RawDataPackage>.Everything.Where("data_transfer_package_id", bundle.Id), ct)).Items;
        var route = subject.RouteId is { } chosen ? await routes.FindAsync(chosen, ct) : null;
        var progress = new TransferProgress(subject, Sizes.Sum(members.Select(p => p.SizeBytes ?? 0)), route, throttles, commands, options.Lease / 3, time);
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(ct))
        {
            var telling = progress.TellAsync(stop.Token);
            try
            {
                foreach (var package in members.OrderBy(p => p.Id))
                {
                    if (!await from.CopyAsync(PackedFiles.KeyOf(package.Id), to, item, package.Checksum!, ct, progress.Of))
                        progress.Skip(package.SizeBytes ?? 0);
                }
                await from.CopyAsync(BundleJob.KeyOf(bundle.Id), to, item, bundle.Checksum!, ct);
            }
            finally
            {
                await stop.CancelAsync();
                await telling;
            }
        }
        await DoneAsync(item, new MoveDataTransfer
        {
            Id = subject.Id,
            Status = WorkStatus.Completed,
            Checksum = bundle.Checksum,
            CopiedBytes = Sizes.Sum(members.Select(p => p.SizeBytes ?? 0)),
            NextStep = "unpacking",
        }, ct);
    }
}

/// <summary>Looks at what has come: each package is read and compared with its checksum, and noted as a verified copy.</summary>
internal sealed class UnpackStage(
    IReader<DataTransfer, Guid> transfers, IReader<RawDataPackage, Guid> packages, IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations,
    WorkBook book, StoreKinds stores, ICommands commands) : DataStage<DataTransfer>(transfers, book, commands)
{
    private readonly ICommands commands = commands;

    public override string Operation => "data_transfer_unpacking";

    protected override string Doing => "unpacking";

    public override bool WorksAt(DataLocation location) => location.LocationType == LocationType.Buffer;

    public override async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var open = await OpenAsync(places, "unpack_status", ct, q => q.Where("status", WorkStatus.Completed));
        return [.. open.Select(t => places.Offer(t.DestinationLocationId, Operation, t))];
    }

    protected override WorkStatus StatusOf(DataTransfer subject) => subject.UnpackStatus;

    protected override ICommand<DataTransfer> Move(Guid id, WorkStatus status, Said said) =>
        new MoveDataTransfer { Id = id, UnpackStatus = status, NextStep = said.NextStep, Reason = said.Reason, Deadline = said.Deadline };

    protected override async Task DoAsync(WorkItem item, DataTransfer subject, CancellationToken ct)
    {
        var location = await locations.GetAsync(item.DataLocationId, ct);
        var store = stores.Open(location);
        var members = (await packages.ListAsync(
            ListQuery<RawDataPackage>.Everything.Where("data_transfer_package_id", subject.DataTransferPackageId), ct)).Items;
        foreach (var package in members.OrderBy(p => p.Id))
        {
            var copy = await copies.FindAsync(PhysicalCopy.IdOf(package.Id, location.Id), ct);
            if (copy is { VerifiedAt: not null, Status: CopyStatus.Present })
                continue;
            await store.RequireAsync(PackedFiles.KeyOf(package.Id), package.Checksum!, ct);
            await commands.SubmitAsync(new NoteCopy(location.Id) { RawDataPackageId = package.Id, Checksum = package.Checksum }, new(Actor.Jobs), ct);
        }
        if (subject.UnpackStatus == WorkStatus.Completed)
            await DoneAsync(item, new Nothing(), ct);
        else
            await DoneAsync(item, new MoveDataTransfer { Id = subject.Id, UnpackStatus = WorkStatus.Completed, NextStep = "archiving" }, ct);
    }
}

internal static class Offers
{
    public static WorkOffer Offer<T>(this WorkPlaces places, int location, string operation, T subject) where T : WorkRow =>
        new(places.QueueOf(places.Locations.First(l => l.Id == location), operation), operation, location, subject.Id) { Since = subject.Since };
}

/// <summary>There is nothing left to record but that an item is done.</summary>
[Critical("work_items.settle", Deferrable = true)]
internal sealed record Nothing : ICommand<bool>
{
    internal sealed class Handler : ICommandHandler<Nothing, bool>
    {
        public Task<Decision<bool>> Decide(Nothing command, CancellationToken ct) => Task.FromResult(new Decision<bool>(new Changes(), _ => true));
    }
}

/// <summary>Fetches what other sites send.</summary>
internal sealed class TransferJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<TransferStage>> logger)
    : StageJob<TransferStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "transfer";

    public override string Description => "Fetches the bundles that other sites send to the buffers of this one.";
}

/// <summary>Looks at what has come.</summary>
internal sealed class UnpackVerifyJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<UnpackStage>> logger)
    : StageJob<UnpackStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "unpack-verify";

    public override string Description => "Reads the packages that have come, and notes those that are right as verified copies.";
}
