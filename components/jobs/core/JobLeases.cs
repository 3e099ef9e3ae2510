using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>
/// Of the processes of a site one runs a job at a time: whoever has its lease. The lease is in what the site remembers, which is there when the
/// link is not, and ends by itself when its holder does not renew it.
/// </summary>
internal sealed class JobLeases(ISiteMemory memory, TimeProvider time)
{
    /// <summary>How long a job waits after its process has died.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(60);

    /// <returns>Null when somebody has it.</returns>
    public async Task<JobLease?> TakeAsync(string job, string process, CancellationToken ct)
    {
        var text = JsonSerializer.Serialize(new RunningJob(process, time.GetUtcNow(), Guid.NewGuid()), Json.Options);
        return await memory.ReplaceAsync(NameOf(job), null, text, Life, ct) ? new JobLease(memory, NameOf(job), text, time) : null;
    }

    public async Task<RunningJob?> HolderAsync(string job, CancellationToken ct) =>
        await memory.FindAsync(NameOf(job), ct) is { } text ? JsonSerializer.Deserialize<RunningJob>(text, Json.Options) : null;

    private static string NameOf(string job) => $"jobs/{job}/lease";
}

/// <summary>A lease that is renewed until it is disposed.</summary>
internal sealed class JobLease : IAsyncDisposable
{
    private static readonly TimeSpan Beat = JobLeases.Life / 6;

    private readonly ISiteMemory memory;
    private readonly string name, text;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource lost = new(), over = new();
    private readonly Task renewing;

    public JobLease(ISiteMemory memory, string name, string text, TimeProvider time)
    {
        (this.memory, this.name, this.text, this.time) = (memory, name, text, time);
        renewing = RenewAsync();
    }

    /// <summary>Cancelled before somebody else can have it.</summary>
    public CancellationToken Lost => lost.Token;

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await renewing;
        try
        {
            await memory.ForgetAsync(name, text, CancellationToken.None);
        }
        catch (OutageException)
        {
            // It ends by itself.
        }
        lost.Dispose();
        over.Dispose();
    }

    private async Task RenewAsync()
    {
        var renewed = time.GetTimestamp();
        while (true)
        {
            await Task.Delay(Beat, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
                return;
            var asked = time.GetTimestamp();
            try
            {
                if (!await memory.ReplaceAsync(name, text, text, JobLeases.Life, over.Token))
                    break;
                renewed = asked;
            }
            catch (OutageException) when (time.GetElapsedTime(renewed) < JobLeases.Life - (2 * Beat))
            {
                // There is time to ask again.
            }
            catch (OutageException)
            {
                break;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        await lost.CancelAsync();
    }
}
