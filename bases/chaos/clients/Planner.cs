namespace OpsDb.Chaos;

/// <summary>Keeps the catalogue: sources, obs units and programs, which are written on main from wherever the planner is.</summary>
/// <param name="own">What it writes.</param>
/// <param name="other">What it reads, and hardly ever writes: rows of two sites are judged less strictly.</param>
internal sealed class Planner(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own, Known other) : Client(name, seed, world, apis)
{
    private const int Window = 60;

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 8 => CreateSourceAsync(stop),
        < 12 => CreateUnitAsync(stop),
        < 14 => CreateProgramAsync(stop),
        < 30 => ChangeAsync(Entity.Sources, () => new(("comment", NewText()), ("v_lsr_km_s", Fields.Number(Random.Next(1000) / 8.0))), stop),
        < 42 => ChangeAsync(Entity.ObsUnits, () => new(("comment", NewText()), ("priority", Priority())), stop),
        < 46 => ChangeAsync(Entity.Programs, () => new(("description", NewText()), ("allocated_hours", Fields.Number(Random.Next(400) / 4.0))), stop),
        < 48 => RepeatOldAsync(),
        < 85 => ReadOneAsync(),
        _ => ListSomeAsync(),
    };

    private Task CreateSourceAsync(CancellationToken stop) => CreateAsync("create_source", Entity.Sources, stop,
        ("name", NewText()), ("type", "\"fixed\""),
        ("ra_deg", Fields.Number(Random.Next(3600) / 10.0)), ("dec_deg", Fields.Number(Random.Next(-900, 901) / 10.0)), ("comment", NewText()));

    private Task CreateProgramAsync(CancellationToken stop) => CreateAsync("create_program", Entity.Programs, stop,
        ("short_name", NewText()), ("name", NewText()), ("kind", Random.Next(2) == 0 ? "\"science\"" : "\"technical\""), ("description", NewText()));

    private Task CreateUnitAsync(CancellationToken stop)
    {
        if (Pick(Entity.Programs) is not { } program || Pick(Entity.Sources) is not { } source)
            return Task.CompletedTask;
        return CreateAsync("create_unit", Entity.ObsUnits, stop,
            ("name", NewText()), ("observing_program_id", program.Id), ("source_id", source.Id), ("obs_mode_id", "1"), ("instrument_id", "1"),
            ("priority", Priority()), ("comment", NewText()));
    }

    private Task CreateAsync(string operation, Entity entity, CancellationToken stop, params (string, string)[] fields) =>
        SubmitAsync(WriteRequest.Create(operation, entity, NewKey(), null, new(fields)), own.Catalogue[entity], stop);

    private Task ChangeAsync(Entity entity, Func<Fields> fields, CancellationToken stop)
    {
        var rows = (Random.Next(60) > 0 ? own : other).Catalogue[entity];
        return rows.Pick(Random, Window) is not { } row
            ? Task.CompletedTask
            : SubmitAsync(WriteRequest.Patch("change_plan", entity, NewKey(), row.Id, row.ETag, fields()), rows, stop);
    }

    private async Task ReadOneAsync()
    {
        var entity = AnyEntity();
        var rows = (Random.Next(4) > 0 ? own : other).Catalogue[entity];
        if (rows.Pick(Random, Window) is not { } known)
            return;
        var called = await ReadAsync(AnyApi(), entity, known);
        if (called.Row is { Json.IsEmpty: false } row)
            rows.Saw(row, called.Reply.ETag);
    }

    private Task ListSomeAsync()
    {
        var entity = AnyEntity();
        var isOnlyAvailable = entity == Entity.ObsUnits && Random.Next(2) == 0;
        List<(string, string, string, string)> conditions = isOnlyAvailable ? [("available", "true", "available", "true")] : [];
        var sort = entity == Entity.ObsUnits && Random.Next(2) == 0 ? "-priority" : entity == Entity.Programs ? "short_name" : "name";
        var (limit, pages) = (Random.Next(3) == 0 ? 10 : 50, Random.Next(3) == 0 ? 5 : 1);
        return ListAsync(ListRequest.Of(entity, conditions, sort, limit, pages, count: Random.Next(4) == 0));
    }

    private string Priority() => $"{Random.Next(101)}";

    private KnownRow? Pick(Entity entity) => own.Catalogue[entity].Pick(Random, Window);

    private Entity AnyEntity() => Entity.Catalogue[Random.Next(Entity.Catalogue.Count)];
}
