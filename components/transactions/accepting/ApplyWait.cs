using Microsoft.Extensions.Hosting;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Waits until the main database has decided a buffered transaction.</summary>
/// <param name="lifetime">Absent in a program that serves nothing; a process that is told to stop does not wait.</param>
internal sealed class ApplyWait(Overlay overlay, Databases databases, TimeProvider time, IHostApplicationLifetime? lifetime = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <returns>Applied, failed or parked; buffered when that is not known in time.</returns>
    public async Task<SyncState> WaitAsync(Guid transaction, long position, TimeSpan longest, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime?.ApplicationStopping ?? CancellationToken.None);
        limit.CancelAfter(longest);
        try
        {
            while (true)
            {
                // The hint only says that it was decided, not how.
                if ((await overlay.RefreshAsync().WaitAsync(limit.Token)).AppliedHint >= position && await OutcomeAsync(transaction, limit.Token) is { } state)
                    return state;
                await Task.Delay(Pause, time, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return SyncState.Buffered;
        }
        catch (OutageException)
        {
            // Redis or the main database is away; the transaction is stored all the same.
            return SyncState.Buffered;
        }
    }

    private async Task<SyncState?> OutcomeAsync(Guid transaction, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.FindAsync<string>("select outcome from applied_transaction where id = @id", new { id = transaction }, ct) switch
        {
            "applied" or "duplicate" => SyncState.Applied,
            // Given up: the main database refused it, and will not have it.
            "failed" or "discarded" => SyncState.Failed,
            "parked" => SyncState.Parked,
            _ => null,
        };
    }
}
