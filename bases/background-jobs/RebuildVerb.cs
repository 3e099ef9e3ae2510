using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataFlow;
using OpsDb.Locations;

namespace OpsDb.BackgroundJobs;

/// <summary>Teaches a catalogue that was lost what is at its buffers and archives.</summary>
internal static class RebuildVerb
{
    public static Command Create()
    {
        var name = LocationVerb.Name();
        var rebuild = new Command("rebuild", "Learn the executions, files, packages and copies that a lost catalogue had from the packed files of the "
            + "site's buffers and archives. Sites, locations, instruments and obs units have to be there. What is known stays. Exit code 0: all was "
            + "learned; 1: some was not; 2: the settings are wrong; 75: a location or the database is away, try later.")
        {
            name,
        };
        rebuild.SetAction((result, ct) => LocationVerb.RunAsync(result.GetValue(name), async (services, locations, token) =>
            await LearnAsync(services.GetRequiredService<Rebuilder>(), locations, token) == 0, ct));
        return rebuild;
    }

    /// <returns>From how many packed files not all was learned.</returns>
    private static async Task<int> LearnAsync(Rebuilder rebuilder, IReadOnlyList<DataLocation> locations, CancellationToken ct)
    {
        var (learned, failed) = (0, 0);
        foreach (var location in locations.Where(l => l.LocationType is LocationType.Buffer or LocationType.LongTermArchive))
        {
            await foreach (var one in rebuilder.RebuildAsync(location, ct))
            {
                if (one.Problem is null)
                {
                    learned++;
                    continue;
                }
                failed++;
                Console.WriteLine($"{location.Name} {one.Key}: {one.Problem}");
            }
        }
        Console.WriteLine($"{learned} packages learned, {failed} not");
        return failed;
    }
}
