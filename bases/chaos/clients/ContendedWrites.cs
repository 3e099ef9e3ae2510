namespace OpsDb.Chaos;

/// <summary>Two clients that want to end the same execution, or change it from the same version, at the same moment at two processes.</summary>
internal sealed class ContendedWrites(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known known) : Client(name, seed, world, apis)
{
    private const int Window = 40;

    private readonly Caller second = new($"{name}b", world.History, world.Clock, world.Tally);

    protected override async Task StepAsync(CancellationToken stop)
    {
        if (known.Executions.Pick(Random, Window) is not { } row)
            return;
        // Most of the time with what the row is now, else with what somebody saw last.
        if (Random.Next(4) > 0 && await ReadAsync(AnyApi(), Entity.Executions, row.Id) is { Row: { } now, Reply.ETag: var tag })
            row = new(row.Id, tag ?? row.ETag, now.Status == "running");
        var (one, other) = (ContendingWrite(row), ContendingWrite(row));
        await Task.WhenAll(SubmitAsync(one, known.Executions, stop, Apis[0]), SubmitSecondAsync(other, Apis[^1]));
    }

    private WriteRequest ContendingWrite(KnownRow row) => row.IsRunning && Random.Next(3) > 0
        ? WriteRequest.End("finish", NewKey(), row.Id, new(("comment", NewText())), "\"completed\"")
        : WriteRequest.Patch("change", Entity.Executions, NewKey(), row.Id, row.ETag, new(("comment", NewText())));

    private async Task SubmitSecondAsync(WriteRequest write, Api api)
    {
        var called = await second.WriteAsync(api, write, CallTimeout);
        if (called.Row is { } row)
            known.Executions.Saw(row, called.Reply.ETag);
    }
}
