namespace OpsDb.Servers;

/// <summary>Bytes pass while it is open and wait while it is closed.</summary>
internal sealed class Gate
{
    private readonly Lock sync = new();
    private TaskCompletionSource opened = Opened();

    public bool IsOpen => opened.Task.IsCompleted;

    public void Open()
    {
        lock (sync)
            opened.TrySetResult();
    }

    public void Close()
    {
        lock (sync)
        {
            if (IsOpen)
                opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async ValueTask PassAsync(CancellationToken ct)
    {
        // It may have closed again before the continuation ran.
        while (Volatile.Read(ref opened).Task is { IsCompleted: false } opening)
            await opening.WaitAsync(ct);
    }

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.SetResult();
        return source;
    }
}
