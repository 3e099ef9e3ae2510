using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>
/// Closes packages of its site, takes them through the states of being packed, and sets going again what has failed, one by one and many at
/// once; now and then what is not allowed, and the same at two processes at once.
/// </summary>
internal sealed class Packer(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own) : Client(name, seed, world, apis)
{
    private const int Window = 8, MaxListed = 200;

    private readonly Caller second = new($"{name}b", world.History, world.Clock, world.Tally);
    private bool hasSeenFinalized;

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        // Most of the rest is done to packages that are finalized, and a short run on a slow machine has few steps.
        _ when !hasSeenFinalized => FinalizeAsync(stop),
        < 26 => FinalizeAsync(stop),
        < 66 => MoveAsync(stop),
        < 74 => RestartAsync(stop),
        < 84 => RestartManyAsync(stop),
        < 86 => RepeatOldAsync(),
        _ => ListAsync(ListRequest.Of(Entity.Packages, [("build_status", "failed,pending", "build_status", "[\"failed\",\"pending\"]")],
            "-since", 20, 1, count: Random.Next(4) == 0)),
    };

    private async Task FinalizeAsync(CancellationToken stop)
    {
        if (await LookAsync() is not { } package || package.IsFinalized && Random.Next(6) > 0)
            return;
        var takesAll = Random.Next(3) > 0;
        int? count = null;
        if (Random.Next(2) == 0)
            count = await CountAsync(package, takesAll) + (Random.Next(4) == 0 ? 1 : 0);
        await SubmitAsync(() => PackageWrites.Finalize(NewKey(), package.Id, package.Execution, count, takesAll), stop);
    }

    private async Task MoveAsync(CancellationToken stop)
    {
        if (await LookAsync() is not { } package || !package.IsFinalized && Random.Next(10) > 0)
            return;
        var (to, from) = (package.BuildStatus, Random.Next(8)) switch
        {
            ("pending", _) => ("scheduled", "pending"),
            ("scheduled", < 6) => ("in_progress", "scheduled"),
            ("in_progress", < 3) => ("completed", "in_progress"),
            ("scheduled", 6) or ("in_progress", < 7) => ("failed", null),
            ("completed", 0) => ("scheduled", "pending"),
            ("completed", _) => (null, null),
            _ => ("pending", (string?)null),
        };
        if (to is null)
            return;
        await SubmitAsync(() => PackageWrites.Move(NewKey(), package.Id, to, from, to switch
        {
            "completed" => new(("checksum", NewChecksum())),
            "failed" => new(("reason", NewText())),
            _ => new(("next_step", NewText())),
        }), stop);
    }

    private async Task RestartAsync(CancellationToken stop)
    {
        if (await LookAsync() is { } package)
            await SubmitAsync(() => PackageWrites.Restart(Random.Next(2) == 0 ? "retry" : "reset", NewKey(), package.Id, NewText()), stop);
    }

    private async Task RestartManyAsync(CancellationToken stop)
    {
        if (await LookAsync() is { } package)
            await SubmitAsync(PackageWrites.RestartMany(Random.Next(2) == 0 ? "retry" : "reset", NewKey(), package.Execution, NewText()), _ => { }, stop);
    }

    /// <summary>Sends it, or two of the kind to two processes at once.</summary>
    private Task SubmitAsync(Func<WriteRequest> write, CancellationToken stop) => Random.Next(4) > 0
        ? SubmitAsync(write(), own.Packages, stop)
        : Task.WhenAll(SubmitAsync(write(), own.Packages, stop, Apis[0]), second.WriteAsync(Apis[^1], write(), CallTimeout));

    /// <summary>Any package as it is now.</summary>
    private async Task<Package?> LookAsync()
    {
        if (own.Packages.Pick(Random, Window) is not { } known || await ReadAsync(AnyApi(), Entity.Packages, known.Id) is not { Row: { } row } called)
            return null;
        own.Packages.Saw(row, called.Reply.ETag);
        var json = JsonSerializer.Deserialize<JsonElement>(row.Json.Span);
        hasSeenFinalized |= json.GetProperty("finalized_at").ValueKind != JsonValueKind.Null;
        return new(row.Id, json.GetProperty("executed_obs_unit_id").GetRawText(), json.GetProperty("build_status").GetString()!,
            json.GetProperty("finalized_at").ValueKind != JsonValueKind.Null);
    }

    private async Task<int?> CountAsync(Package package, bool withLoose)
    {
        var mine = await ListFilesAsync(("raw_data_package_id", package.Id.Trim('"'), "raw_data_package_id", $"[{package.Id}]"));
        if (!withLoose)
            return mine?.Count;
        var loose = await ListFilesAsync(("executed_obs_unit_id", package.Execution.Trim('"'), "executed_obs_unit_id", $"[{package.Execution}]"),
            ("packaged", "false", "raw_data_package_id", "[null]"));
        return mine?.Count + loose?.Count;
    }

    private Task<IReadOnlyList<AnswerRow>?> ListFilesAsync(params (string, string, string, string)[] conditions) =>
        ListAsync(ListRequest.Of(Entity.Files, conditions, "recorded_at", MaxListed, 1, count: false));

    /// <param name="Id">As JSON.</param>
    /// <param name="Execution">As JSON.</param>
    private sealed record Package(string Id, string Execution, string BuildStatus, bool IsFinalized);
}
