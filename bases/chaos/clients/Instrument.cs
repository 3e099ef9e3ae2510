namespace OpsDb.Chaos;

/// <summary>
/// Registers files and begins packages of the executions that its site's observers start, changes and reads them; some files it registers
/// again with another key, which changes nothing.
/// </summary>
internal sealed class Instrument(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own) : Client(name, seed, world, apis)
{
    private const int Window = 40;

    private Fields? last;

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 30 => RegisterAsync(stop),
        < 34 => RegisterAgainAsync(stop),
        < 42 => BeginAsync(stop),
        < 50 => ChangeFileAsync(stop),
        < 58 => ChangePackageAsync(stop),
        < 60 => RepeatOldAsync(),
        < 84 => ReadOneAsync(),
        _ => ListSomeAsync(),
    };

    private Task RegisterAsync(CancellationToken stop)
    {
        if (own.Executions.Pick(Random, Window) is not { } execution)
            return Task.CompletedTask;
        var checksum = new byte[32];
        Random.NextBytes(checksum);
        last = new(("executed_obs_unit_id", execution.Id), ("instrument_module_id", "1"), ("source_location_id", World.SourceLocation),
            ("relative_path", NewText()), ("size_bytes", $"{Random.Next()}"), ("checksum", Fields.Text(Convert.ToHexStringLower(checksum))));
        return RegisterAgainAsync(stop);
    }

    private Task RegisterAgainAsync(CancellationToken stop) => last is not { } file
        ? Task.CompletedTask
        : SubmitAsync(WriteRequest.Create("register", Entity.Files, NewKey(), null, file), own.Files, stop);

    private Task BeginAsync(CancellationToken stop) => own.Executions.Pick(Random, Window) is not { } execution
        ? Task.CompletedTask
        : SubmitAsync(WriteRequest.Create("package", Entity.Packages, NewKey(), null, new(("executed_obs_unit_id", execution.Id),
            ("instrument_module_id", "1"), ("part_number", $"{Random.Next(1, 4)}"))), own.Packages, stop);

    private Task ChangeFileAsync(CancellationToken stop) => own.Files.Pick(Random, Window) is not { } row
        ? Task.CompletedTask
        : SubmitAsync(WriteRequest.Patch("change_data", Entity.Files, NewKey(), row.Id, row.ETag, new(("file_type", NewText()))), own.Files, stop);

    private Task ChangePackageAsync(CancellationToken stop)
    {
        if (own.Packages.Pick(Random, Window) is not { } row)
            return Task.CompletedTask;
        var fields = new Fields(("next_step", NewText()));
        if (Random.Next(2) == 0)
            fields = fields.With("metadata", $"{{\"line\":{NewText()},\"bands\":[{Random.Next(9)},{Random.Next(9)}]}}");
        return SubmitAsync(WriteRequest.Patch("change_data", Entity.Packages, NewKey(), row.Id, row.ETag, fields), own.Packages, stop);
    }

    private async Task ReadOneAsync()
    {
        var (entity, rows) = Random.Next(3) > 0 ? (Entity.Files, own.Files) : (Entity.Packages, own.Packages);
        if (rows.Pick(Random, Window) is not { } known)
            return;
        var called = await ReadAsync(AnyApi(), entity, known);
        if (called.Row is { Json.IsEmpty: false } row)
            rows.Saw(row, called.Reply.ETag);
    }

    private async Task ListSomeAsync()
    {
        if (own.Executions.Pick(Random, Window) is not { } execution)
            return;
        var entity = Random.Next(3) > 0 ? Entity.Files : Entity.Packages;
        await ListAsync(ListRequest.Of(entity, [("executed_obs_unit_id", execution.Id.Trim('"'), "executed_obs_unit_id", $"[{execution.Id}]")],
            entity == Entity.Files ? "recorded_at" : "-since", 20, 2, count: Random.Next(4) == 0));
    }
}
