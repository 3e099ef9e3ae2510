using System.Text.Json.Serialization;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>Data are to stay.</summary>
/// <param name="Reason">Why.</param>
public sealed record CreateHold(string Reason) : ICreate<Hold>
{
    /// <summary>On this copy alone; or a package is given.</summary>
    public Guid? PhysicalCopyId { get; init; }

    /// <summary>On every copy of this raw data package and of its files.</summary>
    public Guid? RawDataPackageId { get; init; }

    /// <summary>When it ends by itself, UTC; absent for when it is released.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A hold ends.</summary>
[Kind("holds.release")]
public sealed record ReleaseHold : ICommand<Hold>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    internal sealed class Handler(IReader<Hold, Guid> holds, TimeProvider time) : ICommandHandler<ReleaseHold, Hold>
    {
        public async Task<Decision<Hold>> Decide(ReleaseHold command, CancellationToken ct)
        {
            var hold = await holds.GetAsync(command.Id, ct);
            return hold.ReleasedAt is { } already
                ? throw new RefusalException(Problems.StateConflict, $"The hold was released at {Instant.Format(already)}.")
                : Decision.Update(hold, hold with { ReleasedAt = time.GetUtcNow() });
        }
    }
}

/// <summary>All raw data packages that some filters match are held.</summary>
/// <param name="Reason">Why.</param>
[Kind("holds.create_many")]
public sealed record HoldPackages(string Reason) : ICommand<ManyMoved>
{
    [JsonIgnore]
    public ListQuery<RawDataPackage>? Of { get; init; }

    /// <summary>When the holds end by themselves, UTC; absent for when they are released.</summary>
    public DateTimeOffset? Until { get; init; }

    internal sealed class Handler(ManyRows<RawDataPackage> many, IReader<Hold, Guid> holds, TimeProvider time) : ICommandHandler<HoldPackages, ManyMoved>
    {
        public async Task<Decision<ManyMoved>> Decide(HoldPackages command, CancellationToken ct)
        {
            var (now, changes) = (time.GetUtcNow(), new Changes());
            var found = await many.ReadAsync(command.Of!, ct);
            var held = (await PackageHolds.ActiveAsync(holds, found, now, ct)).Where(h => h.Reason == command.Reason && h.Until == command.Until)
                .Select(h => h.RawDataPackageId).ToHashSet();
            List<RawDataPackage> free = [.. found.Where(p => !held.Contains(p.Id))];
            foreach (var package in free)
                changes.Create(new Hold { Id = Guid.CreateVersion7(now), RawDataPackageId = package.Id, Reason = command.Reason, Until = command.Until });
            return new(changes, _ => new(found.Count, free.Count, [.. free.Select(p => new RowMoved(p.Id, "free", "held"))]));
        }
    }
}

/// <summary>Every hold on the raw data packages that some filters match ends.</summary>
[Kind("holds.release_many")]
public sealed record ReleasePackages : ICommand<ManyMoved>
{
    [JsonIgnore]
    public ListQuery<RawDataPackage>? Of { get; init; }

    internal sealed class Handler(ManyRows<RawDataPackage> many, IReader<Hold, Guid> holds, TimeProvider time) : ICommandHandler<ReleasePackages, ManyMoved>
    {
        public async Task<Decision<ManyMoved>> Decide(ReleasePackages command, CancellationToken ct)
        {
            var (now, changes) = (time.GetUtcNow(), new Changes());
            var found = await many.ReadAsync(command.Of!, ct);
            var active = await PackageHolds.ActiveAsync(holds, found, now, ct);
            foreach (var hold in active)
                changes.Update(hold, hold with { ReleasedAt = now });
            var released = active.Select(h => h.RawDataPackageId!.Value).Distinct().ToList();
            return new(changes, _ => new(found.Count, released.Count, [.. released.Select(id => new RowMoved(id, "held", "free"))]));
        }
    }
}

internal static class PackageHolds
{
    public static async Task<IReadOnlyList<Hold>> ActiveAsync(
        IReader<Hold, Guid> holds, IReadOnlyList<RawDataPackage> packages, DateTimeOffset now, CancellationToken ct)
    {
        if (packages.Count == 0)
            return [];
        var query = ListQuery<Hold>.Everything.WhereOneOf("raw_data_package_id", [.. packages.Select(p => (object)p.Id)]).Where("released", false);
        return [.. (await holds.ListAsync(query, ct)).Items.Where(h => h.IsActive(now))];
    }
}
