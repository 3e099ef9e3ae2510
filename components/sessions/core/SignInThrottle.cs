using System.Globalization;
using System.Net;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>
/// Makes guessing slow and locks nobody out: after some failures each further attempt from an address has to wait, twice as long each time;
/// sooner for one user than for all together. Whoever comes from another address does not notice. An attempt counts from its beginning, so
/// that many at once are many, and is taken back when it succeeds. While what the site remembers cannot be reached, each process counts by itself.
/// </summary>
internal sealed class SignInThrottle(ISiteMemory memory, TimeProvider time)
{
    private static readonly Pace OfUser = new(5, TimeSpan.FromMinutes(15)), OfAddress = new(50, TimeSpan.FromMinutes(1));
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1), Contended = TimeSpan.FromSeconds(1);

    /// <summary>How often somebody else may come first while an attempt is counted.</summary>
    private const int MostTries = 20;

    private readonly ProcessMemory own = new(time);

    /// <summary>Counts an attempt.</summary>
    /// <param name="user">Empty for all names that nobody bears.</param>
    /// <returns>How long to wait before another one; zero when this one is let in.</returns>
    public async Task<TimeSpan> ChargeAsync(string user, IPAddress? address, CancellationToken ct)
    {
        var wait = await ChargeAsync(NameOf(address, user), OfUser, ct);
        if (wait > TimeSpan.Zero)
            return wait;
        wait = await ChargeAsync(NameOf(address), OfAddress, ct);
        if (wait > TimeSpan.Zero)
            await TakeBackAsync(NameOf(address, user), ct);
        return wait;
    }

    /// <summary>Takes back an attempt that was no guess.</summary>
    public async Task TakeBackAsync(string user, IPAddress? address, CancellationToken ct)
    {
        await TakeBackAsync(NameOf(address, user), ct);
        await TakeBackAsync(NameOf(address), ct);
    }

    /// <summary>The same of one that has succeeded: what failed before it counts no more against this user from this address.</summary>
    public async Task ForgiveAsync(string user, IPAddress? address, CancellationToken ct)
    {
        await AskAsync(m => m.TakeAsync(NameOf(address, user), ct));
        await TakeBackAsync(NameOf(address), ct);
    }

    private async Task<TimeSpan> ChargeAsync(string name, Pace pace, CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var (now, text) = (time.GetUtcNow(), await AskAsync(m => m.FindAsync(name, ct)));
            var (count, until) = Read(text);
            if (until > now)
                return until - now;
            var charged = Write(count + 1, now + pace.DelayAfter(count + 1));
            if (await AskAsync(m => m.ReplaceAsync(name, text, charged, Memory, ct)))
                return TimeSpan.Zero;
        }
        return Contended;
    }

    private async Task TakeBackAsync(string name, CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var text = await AskAsync(m => m.FindAsync(name, ct));
            var (count, until) = Read(text);
            if (count == 0 || await AskAsync(m => m.ReplaceAsync(name, text, Write(count - 1, until), Memory, ct)))
                return;
        }
    }

    private async Task<T> AskAsync<T>(Func<ISiteMemory, Task<T>> ask)
    {
        try
        {
            return await ask(memory);
        }
        catch (OutageException)
        {
            return await ask(own);
        }
    }

    private static string NameOf(IPAddress? address, string? user = null) =>
        user is null ? $"attempts:{Origin.Of(address)}" : $"attempts:{Origin.Of(address)}:{user}";

    private static (int Count, DateTimeOffset Until) Read(string? text) => text?.Split(' ') is [var count, var until]
        ? (int.Parse(count, CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(until, CultureInfo.InvariantCulture)))
        : (0, default);

    private static string Write(int count, DateTimeOffset until) => FormattableString.Invariant($"{count} {until.ToUnixTimeMilliseconds()}");

    /// <param name="Free">Attempts that need not wait.</param>
    /// <param name="Longest">How long one waits at most.</param>
    private sealed record Pace(int Free, TimeSpan Longest)
    {
        private const int MaxDoublings = 20;

        public TimeSpan DelayAfter(int attempts) => attempts <= Free ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, 1 << Math.Min(attempts - Free - 1, MaxDoublings)));
    }
}
