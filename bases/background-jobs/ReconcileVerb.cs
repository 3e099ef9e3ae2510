using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataFlow;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.BackgroundJobs;

/// <summary>Compares the catalogue with a location, and repairs what needs no person.</summary>
internal static class ReconcileVerb
{
    public static Command Create()
    {
        var name = LocationVerb.Name();
        var repair = new Option<bool>("--repair") { Description = "Do what is proposed, where no person is needed for it." };
        var reconcile = new Command("reconcile", "Compare the catalogue with what is at the data locations of the site. Exit code 0: they agree, or do now; "
            + "1: they do not; 2: the settings are wrong; 75: a location is away, try later.")
        {
            name, repair,
        };
        reconcile.SetAction((result, ct) => LocationVerb.RunAsync(result.GetValue(name), async (services, locations, token) =>
            await CompareAsync(services.GetRequiredService<Reconciler>(), locations, result.GetValue(repair), token) == 0, ct));
        return reconcile;
    }

    /// <returns>How many differences are left.</returns>
    private static async Task<int> CompareAsync(Reconciler reconciler, IReadOnlyList<DataLocation> locations, bool repair, CancellationToken ct)
    {
        var (found, repaired) = (0, 0);
        foreach (var location in locations)
        {
            await foreach (var one in repair ? reconciler.RepairAsync(location, ct) : reconciler.CompareAsync(location, ct))
            {
                (found, repaired) = (found + 1, repaired + (one.Repaired is null ? 0 : 1));
                Console.WriteLine($"{location.Name} {EnumText.Of(one.Kind)} {one.Key}");
                Console.WriteLine($"    seen: {one.Evidence}");
                Console.WriteLine(one.Repaired is { } done ? $"    repaired: {done}" : $"    proposal: {one.Proposal}");
            }
        }
        Console.WriteLine($"{locations.Count} locations, {found} differences, {repaired} repaired");
        return found - repaired;
    }
}
