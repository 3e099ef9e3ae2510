using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>The command line.</summary>
internal static class ChaosCommand
{
    private const int FewestClients = 10, MostClients = 500;
    private const double MaxMinutes = 24 * 60;

    /// <param name="failed">Called when the run is not proven.</param>
    public static RootCommand Create(Action failed)
    {
        var seed = Setting("--seed", 1, "What clients and faults follow from; the same seed gives the same faults at the same times.");
        var minutes = Setting<double>("--minutes", 2, "How long clients call; starting, healing and checking come on top.");
        var faults = Setting("--faults", "",
            "Only these, comma separated; list prints them; none for none. "
            + "All but those that may lose something or make every call slow by default.");
        var clients = Setting("--clients", 24, "How many call at the same time.");
        var pace = Setting<double>("--pace", 5, "How long a client rests between two steps on average, milliseconds.");
        var folder = new Option<string>("--out") { Description = "Where the files go; a new folder in artifacts/chaos by default." };
        minutes.Validators.Add(r => Require(r, r.GetValueOrDefault<double>() is > 0 and <= MaxMinutes, $"--minutes is above 0, up to {MaxMinutes}."));
        clients.Validators.Add(r =>
            Require(r, r.GetValueOrDefault<int>() is >= FewestClients and <= MostClients, $"--clients is from {FewestClients} to {MostClients}."));
        pace.Validators.Add(r => Require(r, r.GetValueOrDefault<double>() is >= 0 and <= 60_000, "--pace is from 0 to 60000 milliseconds."));
        faults.Validators.Add(r =>
        {
            var unknown = Unknown(r.GetValueOrDefault<string>());
            Require(r, unknown is null, $"--faults: {unknown} is not known; --faults list prints them.");
        });
        folder.Validators.Add(r => Require(r, IsFree(r.GetValueOrDefault<string>()), "--out is a folder that is empty or not there."));
        return new RootCommand(
            "Runs clients against an installation of its own while its servers, processes and link fail, "
            + "and proves from what they saw that nothing acknowledged was lost.")
        {
            seed, minutes, faults, clients, pace, folder,
        }.Does(async (r, ct) =>
        {
            if (r.GetValue(faults) == "list")
            {
                Console.WriteLine(FaultKinds.Describe());
                return;
            }
            var options = new RunOptions(
                r.GetValue(seed),
                TimeSpan.FromMinutes(r.GetValue(minutes)),
                r.GetValue(clients),
                TimeSpan.FromMilliseconds(r.GetValue(pace)),
                Kinds(r.GetValue(faults)!),
                Folder(r.GetValue(folder), r.GetValue(seed)));
            if (!await new Run(options, Console.Out).RunAsync(ct))
                failed();
        });
    }

    private static Option<T> Setting<T>(string name, T standard, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private static void Require(OptionResult result, bool isTrue, string message)
    {
        if (!isTrue)
            result.AddError(message);
    }

    private static bool IsFree(string? folder) => !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any();

    private static string[] Names(string? text) => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Unknown(string? text) => text is "list" or "none" ? null : Names(text).FirstOrDefault(n => FaultKinds.Find(n) is null);

    private static IReadOnlyList<FaultKind> Kinds(string text)
    {
        IReadOnlyList<FaultKind> wanted = text == "none" ? []
            : Names(text) is { Length: > 0 } names ? [.. names.Select(n => FaultKinds.Find(n)!)]
            : FaultKinds.Default;
        foreach (var kind in wanted)
        {
            if (kind.WhyNot() is { } reason)
                Console.WriteLine($"{kind.Name} is left out: {reason}");
        }
        return [.. wanted.Where(k => k.WhyNot() is null)];
    }

    private static string Folder(string? wanted, int seed)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-seed{seed}");
        return Path.GetFullPath(wanted ?? Path.Combine(BuiltPrograms.Root, "artifacts", "chaos", name));
    }
}
