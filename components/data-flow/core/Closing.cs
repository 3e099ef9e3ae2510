using OpsDb.Executions;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.DataFlow;

/// <summary>When a package is closed though nobody has finalized it.</summary>
/// <param name="Bytes">As soon as its files have so many bytes together.</param>
/// <param name="Age">Or when its execution has ended and no file has come for so long.</param>
public sealed record PackageOptions(long Bytes, TimeSpan Age)
{
    public static PackageOptions Read(Settings settings) => new(
        settings.Integer("PACKAGE_BYTES", 50_000_000_000, 1, Sizes.Max,
            "a package whose files have so many bytes together is closed: what comes then goes into the next part"),
        settings.Seconds("PACKAGE_AGE", 21_600, 0, 31_536_000,
            "a package of an execution that has ended is closed when no file has come for so long and nobody has finalized it"));
}

/// <summary>Finalizes the packages of the site's instruments that are large enough, or that were forgotten.</summary>
internal sealed class ClosePackagesJob(
    WorkPlacesReader placesReader, IReader<RawDataPackage, Guid> packages, IReader<RawDataFile, Guid> files, IReader<Execution, Guid> executions,
    ICommands commands, PackageOptions options, WorkOptions work, TimeProvider time) : IJob
{
    private const int PageSize = 500;

    public string Name => "close-packages";

    public string Description => "Finalizes packages that are large enough, or to which no file has come for long.";

    public string Schedule => "15 * * * * ?";

    public bool RunsAt(SiteType site) => true;

    public string Lease => work.LeaseOf(this);

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        if (await placesReader.ReadAsync(ct) is not { } places)
            return new(0);
        var sources = places.Locations.Where(l => l.LocationType == LocationType.Source).Select(l => l.Id).ToHashSet();
        var (done, failures) = (0, new List<string>());
        await foreach (var page in packages.PagesAsync(ListQuery<RawDataPackage>.Everything.Where("finalized", false).AtMost(PageSize), ct))
        {
            var of = await executions.FindManyAsync([.. page.Select(p => p.ExecutedObsUnitId).Distinct()], ct);
            foreach (var package in page)
            {
                var mine = (await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("raw_data_package_id", package.Id), ct)).Items;
                if (mine.Count == 0 || !sources.Contains(mine[0].SourceLocationId) || !IsDue(of.GetValueOrDefault(package.ExecutedObsUnitId), mine))
                    continue;
                try
                {
                    await commands.SubmitAsync(new FinalizePackage { Id = package.Id }, new(Actor.Jobs), ct);
                    done++;
                }
                catch (RefusalException e)
                {
                    failures.Add($"{package.Id}: {e.Message}");
                }
            }
        }
        return JobResult.Of(done, failures);
    }

    private bool IsDue(Execution? execution, IReadOnlyList<RawDataFile> mine) => Sizes.Sum(mine.Select(f => f.SizeBytes)) >= options.Bytes
        || execution is { EndTime: not null } && mine.Max(f => f.CreatedAt) < time.GetUtcNow() - options.Age;
}
