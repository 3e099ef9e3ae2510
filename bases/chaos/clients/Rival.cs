namespace OpsDb.Chaos;

/// <summary>
/// Writes the same rows at the site and at main at the same moment, so that main refuses what the site has accepted; goes on at the
/// site with what it has there: other fields, and the end; and now and then creates one id at both places.
/// </summary>
internal sealed class Rival(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis) : Client(name, seed, world, apis)
{
    private const int Window = 8;

    private readonly KnownRows rows = world.Contested;
    private readonly Caller atMain = new($"{name}m", world.History, world.Clock, world.Tally);

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 14 => StartAsync(stop),
        < 20 => TwinAsync(),
        < 46 => MeetAsync(),
        < 60 => FollowAsync(stop),
        < 90 => LookAsync(),
        _ => RepeatOldAsync(),
    };

    private Task StartAsync(CancellationToken stop) => Start(NewId()) is { } start ? SubmitAsync(start, rows, stop) : Task.CompletedTask;

    /// <summary>One id is given to two executions; one of them wins.</summary>
    private async Task TwinAsync()
    {
        var id = NewId();
        if (Start(id) is not { } one || Start(id) is not { } other)
            return;
        var here = WriteOnceAsync(AnyApi(), one);
        if (Random.Next(3) == 0)
            await here;
        await Task.WhenAll(here, atMain.WriteAsync(World.Main, other, CallTimeout));
        Saw(await here);
        if ((await here).Row is not null && Random.Next(2) == 0)
            await FollowAsync(CancellationToken.None);
    }

    /// <summary>The same field at both places, on what each has.</summary>
    private async Task MeetAsync()
    {
        if (rows.Pick(Random, Window) is not { } row
            || await ReadAsync(AnyApi(), Entity.Executions, row.Id) is not { Row: not null, Reply.ETag: { } here }
            || await atMain.ReadAsync(World.Main, Entity.Executions, row.Id, CallTimeout) is not { Row: not null, Reply.ETag: { } there })
            return;
        var field = Random.Next(3) > 0 ? "comment" : "quality";
        var (one, other) = (Change(row.Id, here, field), Change(row.Id, there, field));
        var first = atMain.WriteAsync(World.Main, other, CallTimeout);
        if (Random.Next(3) == 0)
            await first;
        var second = WriteOnceAsync(AnyApi(), one);
        await Task.WhenAll(first, second);
        Saw(await second);
        for (var more = Random.Next(3); more > 0; more--)
            await FollowAsync(CancellationToken.None);
    }

    /// <summary>Other fields than those that the sites contend for, and the end, at the site alone.</summary>
    private Task FollowAsync(CancellationToken stop)
    {
        if (rows.Pick(Random, Window) is not { } row)
            return Task.CompletedTask;
        var fields = new Fields(("mean_elevation_deg", Fields.Number(Random.Next(900) / 10.0)));
        return SubmitAsync(row.IsRunning && Random.Next(2) == 0
            ? WriteRequest.End("finish", NewKey(), row.Id, new(("mean_pwv_mm", Fields.Number(Random.Next(100) / 16.0))), "\"completed\"")
            : WriteRequest.Patch("change", Entity.Executions, NewKey(), row.Id, row.ETag, fields), rows, stop);
    }

    private async Task LookAsync()
    {
        if (rows.Pick(Random, Window) is { } row)
            Saw(await ReadAsync(AnyApi(), Entity.Executions, row));
    }

    private void Saw(Called called)
    {
        if (called.Row is { Json.IsEmpty: false } row)
            rows.Saw(row, called.Reply.ETag);
    }

    private WriteRequest? Start(string id) => World.OfSite.Catalogue[Entity.ObsUnits].Pick(Random, int.MaxValue) is not { } unit ? null
        : WriteRequest.Create("start", Entity.Executions, NewKey(), id, new(("obs_unit_id", unit.Id), ("comment", NewText())), new(("status", "\"running\"")));

    private WriteRequest Change(string id, string tag, string field) =>
        WriteRequest.Patch("change", Entity.Executions, NewKey(), id, tag, new((field, field == "comment" ? NewText() : Quality())));

    private string Quality() => Fields.Text(Random.Next(2) == 0 ? "good" : "bad");
}
