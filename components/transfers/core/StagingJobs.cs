using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>Somebody asks for archived packages where they can be worked on.</summary>
/// <param name="RawDataPackageIds">1 to 1,000 packages that are archived.</param>
/// <param name="DestinationLocationId">A location of type processing.</param>
[Kind("staging_jobs.create")]
public sealed record CreateStagingJob(IReadOnlyList<Guid> RawDataPackageIds, int DestinationLocationId) : ICommand<StagingJob>
{
    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>When the data should be there, UTC.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Who asks: the user of the token.</summary>
    [JsonIgnore]
    public string RequestedBy { get; init; } = "";

    internal sealed class Handler(
        IReader<RawDataPackage, Guid> packages, IReader<DataLocation, int> locations, IReader<StagingJob, Guid> jobs, TimeProvider time)
        : ICommandHandler<CreateStagingJob, StagingJob>
    {
        public async Task<Decision<StagingJob>> Decide(CreateStagingJob command, CancellationToken ct)
        {
            var destination = await locations.RequireAsync(command.DestinationLocationId, "destination_location_id", ct);
            if (destination.LocationType != LocationType.Processing)
            {
                throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
                {
                    ["destination_location_id"] = [$"is a location of type {EnumText.Of(destination.LocationType)}; data are staged to one of type processing"],
                });
            }
            var size = await SizeAsync(command, ct);
            await RequireRoomAsync(destination, command.RequestedBy, size, ct);
            var now = time.GetUtcNow();
            return Decision.Create(new StagingJob
            {
                Id = Guid.CreateVersion7(now),
                RawDataPackageIds = [.. command.RawDataPackageIds],
                DestinationLocationId = destination.Id,
                RequestedBy = command.RequestedBy,
                SizeBytes = size,
                Since = now,
                Reason = command.Reason,
                Deadline = command.Deadline,
                NextStep = "staging",
            });
        }

        private async Task<long> SizeAsync(CreateStagingJob command, CancellationToken ct)
        {
            var found = await packages.FindManyAsync(command.RawDataPackageIds, ct);
            var (unknown, unfit) = (new FieldErrors(), new FieldErrors());
            foreach (var (n, id) in command.RawDataPackageIds.Index())
            {
                if (found.GetValueOrDefault(id) is not { } package)
                    unknown.Add($"raw_data_package_ids[{n}]", $"there is no raw data package {id}");
                else if (package.State != Whereabouts.Archived)
                    unfit.Add($"raw_data_package_ids[{n}]", $"is {EnumText.Of(package.State)}; what is archived can be staged");
            }
            unknown.ThrowIfAny(Problems.ReferenceUnknown);
            unfit.ThrowIfAny(Problems.StateConflict);
            return Sizes.Sum(found.Values.Select(p => p.SizeBytes ?? 0));
        }

        private async Task RequireRoomAsync(DataLocation destination, string user, long size, CancellationToken ct)
        {
            var all = await jobs.ListAsync(ListQuery<StagingJob>.Everything.Where("destination_location_id", destination.Id).Where("released", false), ct);
            var active = all.Items.Where(j => j.TakesRoom()).ToList();
            var mine = Sizes.Sum(active.Where(j => j.RequestedBy == user).Select(j => j.SizeBytes));
            if (destination.StagingQuotaBytes is { } quota && mine + size > quota)
            {
                throw new RefusalException(TransferProblems.QuotaExceeded,
                    $"These packages take {size} bytes, {user} has {mine} bytes staged at {destination.Name}, and {quota} bytes are allowed.");
            }
            var room = destination.CapacityBytes is { } capacity ? capacity / 100 * (destination.CriticalPercent ?? 100) : (long?)null;
            if (room is { } most && Sizes.Sum(active.Select(j => j.SizeBytes)) is var taken && taken + size > most)
            {
                throw new RefusalException(TransferProblems.QuotaExceeded,
                    $"These packages take {size} bytes, {taken} bytes are staged at {destination.Name}, and it takes {most} bytes.");
            }
        }
    }
}

/// <summary>Staging has come into another state. When it is completed its packages are noted as staged.</summary>
[Kind("staging_jobs.move")]
public sealed record MoveStagingJob(WorkStatus Status) : WorkMove, ICommand<StagingJob>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>From which location the worker takes the packages.</summary>
    public int? OriginLocationId { get; init; }

    internal sealed class Validator : AbstractValidator<MoveStagingJob>
    {
        public Validator() => RuleFor(c => c.Reason).NotEmpty().When(c => c.Status == WorkStatus.Failed).WithMessage("says why it has failed");
    }

    internal sealed class Handler(IReader<StagingJob, Guid> jobs, IReader<DataLocation, int> locations, CopyBook book, TimeProvider time)
        : ICommandHandler<MoveStagingJob, StagingJob>
    {
        public async Task<Decision<StagingJob>> Decide(MoveStagingJob command, CancellationToken ct)
        {
            var (job, now) = (await jobs.GetAsync(command.Id, ct), time.GetUtcNow());
            StagingJob.Transitions.Require(job.Status, command.Status);
            if (job.ReleasedAt is { } released)
                throw new RefusalException(Problems.StateConflict, $"The staging job was released at {Instant.Format(released)}.");
            if (command.OriginLocationId is { } origin)
                await locations.RequireAsync(origin, "origin_location_id", ct);
            var moved = job.Moved(now, command) with
            {
                Status = command.Status,
                Attempt = command.Status == WorkStatus.InProgress ? job.Attempt + 1 : job.Attempt,
                OriginLocationId = command.OriginLocationId ?? job.OriginLocationId,
            };
            var changes = new Changes().Update(job, moved, j => j.ReleasedAt);
            if (command.Status == WorkStatus.Completed)
            {
                var destination = await locations.GetAsync(job.DestinationLocationId, ct);
                foreach (var package in job.RawDataPackageIds)
                    await book.NoteAsync(changes, PhysicalCopy.At(destination, now, package: package) with { Status = CopyStatus.Staged }, null, default, ct);
            }
            return new(changes, c => (StagingJob)c.Stamped(moved));
        }
    }
}

/// <summary>What was staged is no longer needed; it may be deleted there.</summary>
[Kind("staging_jobs.release")]
public sealed record ReleaseStagingJob : ICommand<StagingJob>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    internal sealed class Handler(IReader<StagingJob, Guid> jobs, TimeProvider time) : ICommandHandler<ReleaseStagingJob, StagingJob>
    {
        public async Task<Decision<StagingJob>> Decide(ReleaseStagingJob command, CancellationToken ct)
        {
            var (job, now) = (await jobs.GetAsync(command.Id, ct), time.GetUtcNow());
            return job.ReleasedAt is { } already
                ? throw new RefusalException(Problems.StateConflict, $"The staging job was released at {Instant.Format(already)}.")
                : Decision.Update(job, job with { ReleasedAt = now, NextStep = "deletion of what was staged" });
        }
    }
}
