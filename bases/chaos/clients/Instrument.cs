using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>
/// Registers files, one by one and many at once, and begins packages of the executions that its site's observers start, changes and reads them.
/// Some files it registers again with another key, which changes nothing, some at two processes at once, and some with another content.
/// </summary>
internal sealed class Instrument(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own) : Client(name, seed, world, apis)
{
    private const int Window = 40, MaxRemembered = 60;

    private readonly List<Fields> made = [];
    private readonly Caller second = new($"{name}b", world.History, world.Clock, world.Tally);

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 14 => RegisterAsync(NewFile, stop),
        < 18 => RegisterAsync(OldFile, stop),
        < 34 => RegisterDataAsync(stop),
        < 42 => RegisterManyAsync(stop),
        < 46 => BeginAsync(stop),
        < 52 => ChangeFileAsync(stop),
        < 58 => ChangePackageAsync(stop),
        < 60 => RepeatOldAsync(),
        < 84 => ReadOneAsync(),
        _ => ListSomeAsync(),
    };

    private Task RegisterAsync(Func<string?, Fields?> file, CancellationToken stop) => file(null) is not { } fields
        ? Task.CompletedTask
        : SubmitAsync(WriteRequest.Create("register", Entity.Files, NewKey(), null, fields), own.Files, stop);

    private Task RegisterDataAsync(CancellationToken stop)
    {
        if (PickExecution() is not { } execution)
            return Task.CompletedTask;
        int? part = Random.Next(4) == 0 ? null : Random.Next(1, 4);
        var files = Files(() => execution.Id);
        return SubmitManyAsync(key => DataWrites.Register(key, execution.Id, part, files), part is not null, stop);
    }

    private Task RegisterManyAsync(CancellationToken stop) => Files(() => PickExecution()?.Id) is { Count: > 0 } files
        ? SubmitManyAsync(key => DataWrites.RegisterMany(key, files), isPackaged: false, stop)
        : Task.CompletedTask;

    /// <summary>Sends it once, or twice: with another key after it was answered, or at once to two processes with one key or two.</summary>
    private async Task SubmitManyAsync(Func<Guid, WriteRequest> write, bool isPackaged, CancellationToken stop)
    {
        var (key, how) = (NewKey(), Random.Next(10));
        var other = how < 2 ? second.WriteAsync(Apis[^1], write(how == 0 ? key : NewKey()), CallTimeout) : Task.CompletedTask;
        await Task.WhenAll(other, SubmitAsync(write(key), Saw, stop, how < 2 ? Apis[0] : null));
        if (how == 2)
            await SubmitAsync(write(NewKey()), Saw, stop);

        void Saw(Called called)
        {
            foreach (var (i, row) in called.Rows.Index())
                (isPackaged && i == 0 ? own.Packages : own.Files).SawId(row.Id);
        }
    }

    /// <summary>A few new files, and some that were registered before, or tried; seldom one of them with another content.</summary>
    private List<Fields> Files(Func<string?> execution)
    {
        var files = Enumerable.Range(0, Random.Next(1, 6)).Select(_ => NewFile(execution())).OfType<Fields>().ToList();
        for (var old = Random.Next(3); old > 0; old--)
        {
            if (OldFile(execution()) is { } file && !files.Contains(file))
                files.Add(Random.Next(12) == 0 ? file.With("checksum", NewChecksum()) : file);
        }
        return files;
    }

    /// <param name="execution">That it is from; any for null.</param>
    private Fields? NewFile(string? execution)
    {
        if ((execution ?? PickExecution()?.Id) is not { } id)
            return null;
        var file = new Fields(("executed_obs_unit_id", id), ("instrument_module_id", "1"), ("source_location_id", World.SourceLocation),
            ("relative_path", NewText()), ("size_bytes", $"{Random.Next()}"), ("checksum", NewChecksum()),
            ("recorded_at", Fields.Instant(DateTimeOffset.UtcNow)));
        if (made.Count < MaxRemembered)
            made.Add(file);
        else
            made[Random.Next(made.Count)] = file;
        return file;
    }

    /// <summary>Mostly one that was made with the instrument's module; files of others are refused.</summary>
    private KnownRow? PickExecution() => Random.Next(20) == 0
        ? own.Executions.Pick(Random, Window)
        : own.Executions.Pick(Random, Window, e => e.Tagged is { Json.IsEmpty: false } row
            && World.FitUnits.Contains(JsonSerializer.Deserialize<JsonElement>(row.Json.Span).GetProperty("obs_unit_id").GetRawText()));

    private Fields? OldFile(string? execution)
    {
        var some = made.FindAll(f => execution is null || f.All[0].Json == execution);
        return some.Count == 0 ? null : some[Random.Next(some.Count)];
    }

    private Task BeginAsync(CancellationToken stop) => PickExecution() is not { } execution
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
        if (PickExecution() is not { } execution)
            return;
        var entity = Random.Next(3) > 0 ? Entity.Files : Entity.Packages;
        await ListAsync(ListRequest.Of(entity, [("executed_obs_unit_id", execution.Id.Trim('"'), "executed_obs_unit_id", $"[{execution.Id}]")],
            entity == Entity.Files ? "recorded_at" : "-since", 20, 2, count: Random.Next(4) == 0));
    }
}
