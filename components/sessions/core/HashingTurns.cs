using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>Hashing a passphrase takes a processor and 19 MiB for some time: only so many are hashed at once, and only so many wait, not for long.</summary>
internal sealed class HashingTurns : IDisposable
{
    private static readonly int AtOnce = Environment.ProcessorCount, MostWaiting = 16 * AtOnce;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turns = new(AtOnce);
    private int present;

    /// <exception cref="OutageException">sign-in-busy.</exception>
    public async Task<T> RunAsync<T>(Func<T> hash, CancellationToken ct)
    {
        try
        {
            if (Interlocked.Increment(ref present) > AtOnce + MostWaiting || !await turns.WaitAsync(Patience, ct))
                throw new OutageException(SessionProblems.SignInBusy, "Too many are signing in at once.") { RetryAfter = Patience };
            try
            {
                return await Task.Run(hash, ct);
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }
    }

    public void Dispose() => turns.Dispose();
}
