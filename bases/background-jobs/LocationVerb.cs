using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Cli;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Stores;

namespace OpsDb.BackgroundJobs;

/// <summary>What verbs have in common that work at data locations of the site.</summary>
internal static class LocationVerb
{
    public static Argument<string> Name() => new("location")
    {
        Description = "Its name at the site; all that this process reaches when absent.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <param name="work">Tells whether all is as it should be.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string? name, Func<IServiceProvider, IReadOnlyList<DataLocation>, CancellationToken, Task<bool>> work, CancellationToken ct)
    {
        try
        {
            var isWell = false;
            await JobsBase.UseAsync(OutsideSettings.Read(JobsSettings.Read), async (IServiceProvider services) =>
                isWell = await work(services, await PlacesAsync(services, name, ct), ct));
            return isWell ? CommandRun.Succeeded : CommandRun.Failed;
        }
        catch (Exception e) when (e is SettingsException or OutageException or NoAnswerException or StoreException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return e switch
            {
                SettingsException => CommandRun.Misused,
                StoreException => CommandRun.Failed,
                _ => CommandRun.TryLater,
            };
        }
    }

    private static async Task<IReadOnlyList<DataLocation>> PlacesAsync(IServiceProvider services, string? name, CancellationToken ct)
    {
        var places = await services.GetRequiredService<WorkPlacesReader>().ReadAsync(ct)
            ?? throw new SettingsException(["the catalogue has no such site: set JOBS_SITE"]);
        var found = places.Locations.Where(l => name is null || l.Name == name).ToList();
        return found.Count > 0 ? found : throw new SettingsException([$"the site {places.Site.ShortName} has no location {name} in use; it has "
            + string.Join(", ", places.Locations.Select(l => l.Name))]);
    }
}
