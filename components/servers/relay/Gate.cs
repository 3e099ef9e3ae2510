namespace OpsDb.Servers;

/// <summary>Bytes pass while it is open and wait while it is closed.</summary>
internal sealed class Gate
{
    private readonly Lock _sync = new();
    private TaskCompletionSource _opened = Opened();

    public bool IsOpen => _opened.Task.IsCompleted;

    public void Open()
    {
        lock (_sync)
            _opened.TrySetResult();
    }

    public void Close()
    {
        lock (_sync)
        {
            if (IsOpen)
                _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async ValueTask PassAsync(CancellationToken ct)
    {
        // It may have closed again before the continuation ran.
        while (Volatile.Read(ref _opened).Task is { IsCompleted: false } opened)
            await opened.WaitAsync(ct);
    }

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.SetResult();
        return source;
    }
}
