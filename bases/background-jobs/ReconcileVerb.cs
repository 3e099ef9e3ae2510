using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Cli;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.BackgroundJobs;

/// <summary>Compares the catalogue with a location, and repairs what needs no person.</summary>
internal static class ReconcileVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("location")
        {
            Description = "Its name at the site; all that this process reaches when absent.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var repair = new Option<bool>("--repair") { Description = "Do what is proposed, where no person is needed for it." };
        var reconcile = new Command("reconcile", "Compare the catalogue with what is at the data locations of the site. Exit code 0: they agree, or do now; "
            + "1: they do not; 2: the settings are wrong; 75: a location is away, try later.")
        {
            name, repair,
        };
        reconcile.SetAction(async (result, ct) =>
        {
            try
            {
                var left = 0;
                await JobsBase.UseAsync(OutsideSettings.Read(JobsSettings.Read), async (IServiceProvider services) =>
                    left = await CompareAsync(services, result.GetValue(name), result.GetValue(repair), ct));
                return left == 0 ? CommandRun.Succeeded : CommandRun.Failed;
            }
            catch (SettingsException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.Misused;
            }
            catch (Exception e) when (e is OutageException or NoAnswerException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.TryLater;
            }
            catch (StoreException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.Failed;
            }
        });
        return reconcile;
    }

    /// <returns>How many differences are left.</returns>
    private static async Task<int> CompareAsync(IServiceProvider services, string? name, bool repair, CancellationToken ct)
    {
        var places = await services.GetRequiredService<WorkPlacesReader>().ReadAsync(ct)
            ?? throw new SettingsException(["the catalogue has no such site: set JOBS_SITE"]);
        var locations = places.Locations.Where(l => name is null || l.Name == name).ToList();
        if (locations.Count == 0)
        {
            throw new SettingsException([$"the site {places.Site.ShortName} has no location {name} in use; it has "
                + string.Join(", ", places.Locations.Select(l => l.Name))]);
        }
        var reconciler = services.GetRequiredService<Reconciler>();
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
