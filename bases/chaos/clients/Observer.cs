namespace OpsDb.Chaos;

/// <summary>Records executions: starts, corrects, finishes and aborts them, and reads them by id and in lists.</summary>
/// <param name="own">What it writes.</param>
/// <param name="other">What it reads now and then, and hardly ever writes.</param>
internal sealed class Observer(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own, Known other) : Client(name, seed, world, apis)
{
    // So few rows are written most of the time that clients meet on them.
    private const int Window = 40;

    private static readonly string[]
        Qualities = ["good", "usable", "bad"],
        Ends = ["completed", "completed", "completed", "failed", "aborted"],
        Sorts = ["-start_time", "start_time", "-modified_at", "status", "obs_unit_id"];

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 16 => StartAsync(stop),
        < 28 => FinishAsync(stop),
        < 31 => AbortAsync(stop),
        < 44 => ChangeAsync(stop),
        < 46 => RepeatOldAsync(),
        < 80 => ReadOneAsync(),
        _ => ListSomeAsync(),
    };

    private Task StartAsync(CancellationToken stop)
    {
        if (own.Catalogue[Entity.ObsUnits].Pick(Random, int.MaxValue) is not { } unit)
            return Task.CompletedTask;
        var fields = new Fields(("obs_unit_id", unit.Id), ("comment", NewText()));
        if (Random.Next(2) == 0)
            fields = fields.With("start_time", Fields.Instant(DateTimeOffset.UtcNow.AddSeconds(-Random.Next(600))));
        var id = Random.Next(2) == 0 ? NewId() : null;
        return SubmitAsync(WriteRequest.Create("start", Entity.Executions, NewKey(), id, fields, new(("status", "\"running\""))), own.Executions, stop);
    }

    private Task FinishAsync(CancellationToken stop)
    {
        var rows = Mostly().Executions;
        if (PickRunning(rows) is not { } row)
            return Task.CompletedTask;
        var end = Fields.Text(Ends[Random.Next(Ends.Length)]);
        var fields = new Fields(("status", end));
        if (Random.Next(2) == 0)
            fields = fields.With("quality", Quality()).With("mean_pwv_mm", Fields.Number(Random.Next(100) / 16.0));
        if (Random.Next(3) == 0)
            fields = fields.With("comment", NewText());
        if (end == Fields.Text("aborted"))
            fields = fields.With("reason", NewText());
        if (Random.Next(4) == 0)
            fields = fields.With("end_time", Fields.Instant(DateTimeOffset.UtcNow));
        var ifMatch = Random.Next(4) == 0 ? row.ETag : null;
        var alias = $"/executed_obs_units/{row.Id.Trim('"')}/finish";
        return SubmitAsync(Random.Next(10) == 0
            ? WriteRequest.End("finish", HttpMethod.Put, alias, NewKey(), row.Id, fields, end, ifMatch)
            : WriteRequest.End("finish", NewKey(), row.Id, fields, end, ifMatch), rows, stop);
    }

    private Task AbortAsync(CancellationToken stop) => PickRunning(own.Executions) is not { } row
        ? Task.CompletedTask
        : SubmitAsync(WriteRequest.End("abort", NewKey(), row.Id, new(("reason", NewText())), "\"aborted\""), own.Executions, stop);

    private Task ChangeAsync(CancellationToken stop)
    {
        var rows = Mostly().Executions;
        if (rows.Pick(Random, Window) is not { } row)
            return Task.CompletedTask;
        var fields = new Fields(("comment", NewText()));
        if (Random.Next(2) == 0)
            fields = fields.With("mean_elevation_deg", Fields.Number(Random.Next(900) / 10.0)).With("quality", Random.Next(5) == 0 ? "null" : Quality());
        return SubmitAsync(WriteRequest.Patch("change", Entity.Executions, NewKey(), row.Id, row.ETag, fields), rows, stop);
    }

    private async Task ReadOneAsync()
    {
        if (Random.Next(12) == 0 && World.Contested.Pick(Random, Window) is { } contested)
        {
            await ReadAsync(AnyApi(), Entity.Executions, contested);
            return;
        }
        var isOwn = Random.Next(8) > 0;
        if ((isOwn ? own : other).Executions.Pick(Random, Window) is not { } known)
            return;
        var called = await ReadAsync(AnyApi(), Entity.Executions, known, takesStale: Random.Next(40) == 0);
        if (called.Row is { Json.IsEmpty: false } row && !called.Reply.Stale && isOwn)
            own.Executions.Saw(row, called.Reply.ETag);
    }

    private async Task ListSomeAsync()
    {
        var conditions = new List<(string, string, string, string)>();
        var unit = own.Catalogue[Entity.ObsUnits].Pick(Random, int.MaxValue);
        switch (Random.Next(6))
        {
            case 0:
                conditions.Add(("status", "running", "status", "[\"running\"]"));
                break;
            case 1 when unit is not null:
                conditions.Add(("obs_unit_id", unit.Id, "obs_unit_id", $"[{unit.Id}]"));
                break;
            case 2 when unit is not null:
                conditions.Add(("obs_unit_id", unit.Id, "obs_unit_id", $"[{unit.Id}]"));
                conditions.Add(("status", "completed,failed", "status", "[\"completed\",\"failed\"]"));
                break;
            case 3:
                var from = Fields.Instant(DateTimeOffset.UtcNow.AddSeconds(-Random.Next(60)));
                conditions.Add(("started_from", from.Trim('"'), "start_time", $"{{\"from\":{from}}}"));
                break;
            case 4:
                conditions.Add(("quality", "good", "quality", "[\"good\"]"));
                break;
        }
        var sort = Random.Next(2) == 0 ? "-start_time" : Sorts[Random.Next(Sorts.Length)];
        var (limit, pages) = (Random.Next(3) == 0 ? 5 : 20, Random.Next(4) == 0 ? 4 : 1);
        await ListAsync(ListRequest.Of(Entity.Executions, conditions, sort, limit, pages, count: Random.Next(6) == 0));
    }

    // Rows that both sites write are judged less strictly, and end with people who have to decide.
    private Known Mostly() => Random.Next(100) > 0 ? own : other;

    private KnownRow? PickRunning(KnownRows rows) => rows.Pick(Random, Window, r => r.IsRunning);

    private string Quality() => Fields.Text(Qualities[Random.Next(Qualities.Length)]);
}
