namespace OpsDb.Servers;

/// <summary>Moments at which the relay can cut a connection.</summary>
public enum CutMoment
{
    /// <summary>
    /// Just before the n-th message of a client, counted per connection from arming, is forwarded; a new connection's start-up
    /// packet is its first.
    /// </summary>
    ClientMessage,

    /// <summary>When a client sends <c>COMMIT</c>: it is not forwarded.</summary>
    BeforeCommit,

    /// <summary>When the server has committed and answers: nothing of the answer is forwarded.</summary>
    AfterCommit,

    /// <summary>
    /// In the middle of the first flight (what a client sends before it waits for an answer) that is longer than n bytes: those n
    /// are forwarded, then the connection goes silent without being closed, until the link is put up.
    /// </summary>
    InSend,
}

/// <summary>
/// A cut that waits for its moment. It hits one connection, once. Replication connections are spared, and so are all whose
/// <c>application_name</c> is not <paramref name="application"/>, if one is given.
/// </summary>
public sealed class ArmedCut(CutMoment moment, int count, string? application, bool thenDown)
{
    private readonly TaskCompletionSource fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    public CutMoment Moment => moment;

    /// <summary>The n of <see cref="CutMoment.ClientMessage"/> and <see cref="CutMoment.InSend"/>.</summary>
    public int Count => count;

    /// <summary>Whether the link goes down at that moment, so that nobody can ask what happened.</summary>
    public bool ThenDown => thenDown;

    /// <summary>Completes when the connection has been cut.</summary>
    public Task Fired => fired.Task;

    public override string ToString() => moment switch
    {
        CutMoment.ClientMessage => $"message:{count}",
        CutMoment.BeforeCommit => "before-commit",
        CutMoment.AfterCommit => "after-commit",
        _ => $"in-send:{count}",
    };

    internal bool Matches(ClientStart? start) =>
        start is { IsReplication: false } && (application is null || start.Application == application);

    /// <summary>True for the one connection that is cut.</summary>
    internal bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;

    internal void Done() => fired.TrySetResult();
}
