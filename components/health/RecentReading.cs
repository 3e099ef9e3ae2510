namespace OpsDb.Health;

/// <summary>
/// One reading for all who ask at about the same time: another one is begun only when nobody waits for one and the last is older
/// than <paramref name="keep"/>. So however many ask, and however long the answer takes, at most one reading is under way.
/// </summary>
internal sealed class RecentReading<T>(Func<CancellationToken, Task<T>> read, TimeSpan keep, TimeProvider time)
{
    private readonly Lock turn = new();
    private Task<T>? latest;
    private long begunAt;

    /// <summary>Something has happened that no earlier reading knows of.</summary>
    public void Forget()
    {
        lock (turn)
            latest = null;
    }

    /// <param name="ct">Ends this caller's waiting, not the reading, which others wait for.</param>
    public Task<T> ReadAsync(CancellationToken ct)
    {
        lock (turn)
        {
            if (latest is null || latest.IsCompleted && time.GetElapsedTime(begunAt) >= keep)
            {
                begunAt = time.GetTimestamp();
                latest = Task.Run(() => read(CancellationToken.None), CancellationToken.None);
            }
            return latest.WaitAsync(ct);
        }
    }
}
