namespace OpsDb.Chaos;

/// <summary>Reads at one site what another one has written.</summary>
internal sealed class Reader(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known known) : Client(name, seed, world, apis)
{
    private const int Window = 300;

    protected override async Task StepAsync(CancellationToken stop)
    {
        if (Random.Next(5) == 0)
            await ListAsync(ListRequest.Of(Entity.Executions, [], "-modified_at", limit: 30, pages: 2, count: false));
        else if (known.Executions.Pick(Random, Window) is { } row)
            await ReadAsync(AnyApi(), Entity.Executions, row);
    }
}
