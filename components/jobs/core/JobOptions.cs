using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Which jobs a process runs, and when.</summary>
/// <param name="Only">Their names; empty for all that there are at the site.</param>
/// <param name="Schedules">By name, the cron expression instead of the job's own; null for a job that runs only when somebody asks.</param>
public sealed record JobOptions(IReadOnlySet<string> Only, IReadOnlyDictionary<string, string?> Schedules)
{
    private const string Off = "off";

    public static JobOptions Read(Settings settings)
    {
        var only = settings.Text("JOBS_ONLY", "", "names of the jobs that this process runs, separated by commas; empty for all that the site has");
        var schedules = settings.Text("JOBS_SCHEDULES", "",
            "when jobs run instead of by their own schedules: name=cron expression (seconds first, UTC) or name=off, separated by semicolons", Fault);
        return new(only.Split(',', Parts).ToHashSet(),
            Fault(schedules) is null ? Pairs(schedules).ToDictionary(p => p[0], p => p[1] == Off ? null : p[1]) : new Dictionary<string, string?>());
    }

    /// <summary>Of the jobs those that this process runs at its site, each with when.</summary>
    /// <exception cref="SettingsException">A name or an expression is none.</exception>
    public IReadOnlyList<(IJob Job, string? Schedule)> Of(IEnumerable<IJob> jobs, Site site, ICronExpressions cron)
    {
        var known = jobs.Where(j => j.RunsAt(site.Type)).ToDictionary(j => j.Name);
        var names = string.Join(", ", known.Keys.Order(StringComparer.Ordinal));
        var unknown = $"which is no job of a {EnumText.Of(site.Type)} site; there are {names}";
        List<string> mistakes =
        [
            .. Only.Except(known.Keys).Select(n => $"JOBS_ONLY names {n}, {unknown}"),
            .. Schedules.Keys.Except(known.Keys).Select(n => $"JOBS_SCHEDULES names {n}, {unknown}"),
            .. Schedules.Where(s => s.Value is { } text && !cron.IsOne(text))
                .Select(s => $"JOBS_SCHEDULES gives {s.Key} '{s.Value}', which is no cron expression"),
        ];
        return mistakes.Count > 0
            ? throw new SettingsException(mistakes)
            : [.. known.Values.Where(j => Only.Count == 0 || Only.Contains(j.Name)).OrderBy(j => j.Name, StringComparer.Ordinal)
                .Select(j => (j, Schedules.TryGetValue(j.Name, out var other) ? other : j.Schedule))];
    }

    private const StringSplitOptions Parts = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private static IEnumerable<string[]> Pairs(string text) => text.Split(';', Parts).Select(p => p.Split('=', 2, StringSplitOptions.TrimEntries));

    private static string? Fault(string text)
    {
        var pairs = Pairs(text).ToList();
        return pairs.Find(p => p.Length != 2 || p[0].Length == 0 || p[1].Length == 0) is { } odd
            ? $"has a part without a name and a schedule: '{string.Join('=', odd)}'"
            : pairs.DistinctBy(p => p[0]).Count() < pairs.Count ? "names a job twice"
            : null;
    }
}

/// <summary>Reads cron expressions.</summary>
public interface ICronExpressions
{
    bool IsOne(string text);

    /// <returns>Null when there is no next time.</returns>
    DateTimeOffset? NextAfter(string expression, DateTimeOffset after);
}
