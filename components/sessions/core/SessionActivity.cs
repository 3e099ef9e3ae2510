using System.Collections.Concurrent;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>
/// When sessions were used last: known to all processes of a site to the minute, and written by each of them once a minute at most. While
/// what the site remembers cannot be reached nobody is idle, so that nobody is locked out; the end of a session does not rest on it.
/// </summary>
internal sealed class SessionActivity(ISiteMemory memory, SessionOptions options, TimeProvider time)
{
    private const int MaxTouched = 10_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, long> touched = new();

    /// <summary>Notes that a session is used.</summary>
    /// <returns>False when it was not used for so long that it is over.</returns>
    public async Task<bool> TouchAsync(UserSession session, CancellationToken ct)
    {
        if (touched.TryGetValue(session.Id, out var at) && time.GetElapsedTime(at) < Interval)
            return true;
        var (name, now) = ($"session:{session.Id}", time.GetUtcNow());
        try
        {
            var last = await memory.FindAsync(name, ct) is { } text && Instant.TryParse(text, out var seen) ? seen : session.SignedInAt;
            if (now - last >= options.Idle)
                return false;
            await memory.SetAsync(name, Instant.Format(now), options.Idle, ct);
        }
        catch (OutageException)
        {
            // Asked again after the interval.
        }
        if (touched.Count >= MaxTouched)
            touched.Clear();
        touched[session.Id] = time.GetTimestamp();
        return true;
    }
}
