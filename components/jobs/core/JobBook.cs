using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>
/// What the processes of a site tell each other of its jobs: which there are, how they went, and which somebody wants to run. It is in what
/// the site remembers, so that a site that is cut off sees its own.
/// </summary>
public sealed class JobBook(ISiteMemory memory, TimeProvider time)
{
    /// <summary>Runs that are kept of each job.</summary>
    public const int MaxRuns = 100;

    /// <summary>A process that was not seen for longer is gone.</summary>
    public static readonly TimeSpan Gone = TimeSpan.FromMinutes(3);

    private const string Roster = "jobs/roster", Last = "jobs/last", Asked = "jobs/asked", Stuck = "jobs/stuck";

    private static readonly TimeSpan Life = TimeSpan.FromDays(400), Forgotten = TimeSpan.FromDays(1);

    private readonly JobLeases leases = new(memory, time);

    /// <summary>All jobs that a process of the site runs or has run within a day, by name.</summary>
    /// <exception cref="OutageException">What the site remembers cannot be read; so of all others.</exception>
    public async Task<IReadOnlyList<JobState>> ListAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var last = await ReadAsync<Dictionary<string, Summary>>(Last, ct) ?? [];
        var known = (await ReadAsync<Dictionary<string, Presence>>(Roster, ct) ?? []).Values
            .SelectMany(p => p.Jobs.Select(j => (Job: j, p.SeenAt)))
            .GroupBy(j => j.Job.Name, (_, of) => of.MaxBy(j => j.SeenAt));
        var states = new List<JobState>();
        foreach (var (job, seen) in known.OrderBy(j => j.Job.Name, StringComparer.Ordinal))
        {
            states.Add(new(job.Name, job.Description)
            {
                Schedule = job.Schedule,
                NextRunAt = now - seen > Gone ? null : job.NextRunAt,
                SeenAt = seen,
                Running = await leases.HolderAsync(job.Name, ct),
                LastRun = last.GetValueOrDefault(job.Name)?.Run,
                Totals = last.GetValueOrDefault(job.Name)?.Totals ?? new(),
            });
        }
        return states;
    }

    /// <summary>The newest runs of a job, the newest first.</summary>
    public async Task<IReadOnlyList<JobRun>> RunsAsync(string job, CancellationToken ct) => await ReadAsync<List<JobRun>>(RunsOf(job), ct) ?? [];

    /// <summary>Work that did not go on by itself when somebody last looked.</summary>
    public async Task<IReadOnlyList<StuckWork>> StuckAsync(CancellationToken ct) => await ReadAsync<List<StuckWork>>(Stuck, ct) ?? [];

    internal Task TellStuckAsync(IReadOnlyList<StuckWork> stuck, CancellationToken ct) =>
        memory.SetAsync(Stuck, JsonSerializer.Serialize(stuck, Json.Options), Forgotten, ct);

    /// <summary>Tells which jobs a process runs, and that it is there.</summary>
    internal Task AnnounceAsync(string process, IReadOnlyList<PlannedJob> jobs, CancellationToken ct) =>
        ChangeAsync<Dictionary<string, Presence>>(Roster, all =>
        {
            var now = time.GetUtcNow();
            foreach (var (gone, _) in all.Where(p => now - p.Value.SeenAt > Forgotten).ToList())
                all.Remove(gone);
            all[process] = new(now, jobs);
            return all;
        }, ct);

    internal async Task AddAsync(string job, JobRun run, CancellationToken ct)
    {
        await ChangeAsync<Dictionary<string, Summary>>(Last, all =>
        {
            all[job] = new(run, (all.GetValueOrDefault(job)?.Totals ?? new()).With(run));
            return all;
        }, ct);
        await ChangeAsync<List<JobRun>>(RunsOf(job), runs =>
        {
            // Nothing to do, ten thousand times, says less than one line.
            if (run.IsIdle && runs is [{ IsIdle: true } before, ..] && before.Cause == run.Cause)
            {
                runs[0] = run with
                {
                    StartedAt = before.StartedAt,
                    Runs = before.Runs + 1,
                    DurationSeconds = Math.Max(before.DurationSeconds, run.DurationSeconds),
                };
            }
            else
            {
                runs.Insert(0, run);
            }
            return runs.Count > MaxRuns ? runs[..MaxRuns] : runs;
        }, ct);
    }

    /// <summary>Somebody wants it to run soon.</summary>
    public Task AskAsync(string job, string user, CancellationToken ct) => ChangeAsync<Dictionary<string, string>>(Asked, all =>
    {
        all[job] = user;
        return all;
    }, ct);

    /// <returns>Who has asked, by job: of several processes that run one, one learns it.</returns>
    internal async Task<IReadOnlyDictionary<string, string>> TakeAskedAsync(IReadOnlySet<string> jobs, CancellationToken ct)
    {
        if (await ReadAsync<Dictionary<string, string>>(Asked, ct) is not { } asked || !asked.Keys.Any(jobs.Contains))
            return new Dictionary<string, string>();
        var taken = new Dictionary<string, string>();
        await ChangeAsync<Dictionary<string, string>>(Asked, all =>
        {
            taken = all.Where(a => jobs.Contains(a.Key)).ToDictionary();
            return all.Where(a => !jobs.Contains(a.Key)).ToDictionary();
        }, ct);
        return taken;
    }

    private static string RunsOf(string job) => $"jobs/{job}/runs";

    private async Task<T?> ReadAsync<T>(string name, CancellationToken ct) =>
        await memory.FindAsync(name, ct) is { } text ? JsonSerializer.Deserialize<T>(text, Json.Options) : default;

    private async Task ChangeAsync<T>(string name, Func<T, T> change, CancellationToken ct) where T : new()
    {
        while (true)
        {
            var before = await memory.FindAsync(name, ct);
            var after = change(before is null ? new() : JsonSerializer.Deserialize<T>(before, Json.Options)!);
            if (await memory.ReplaceAsync(name, before, JsonSerializer.Serialize(after, Json.Options), Life, ct))
                return;
        }
    }

    private sealed record Presence(DateTimeOffset SeenAt, IReadOnlyList<PlannedJob> Jobs);

    private sealed record Summary(JobRun Run, JobTotals Totals);
}
