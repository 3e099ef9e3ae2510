using System.Text;

namespace OpsDb.Chaos;

/// <summary>
/// The control system of a telescope: records the weather, many readings at once and some of them again, logs how a module is set up, and says
/// that an instrument is out of service.
/// </summary>
internal sealed class Station(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known own) : Client(name, seed, world, apis)
{
    private const int Window = 40, MaxRemembered = 40, Instruments = 2;

    private readonly List<Fields> made = [];

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 35 => RecordAsync(stop),
        < 50 => SetUpAsync(stop),
        < 60 => SwitchAsync(stop),
        < 63 => RepeatOldAsync(),
        < 85 => ReadOneAsync(),
        _ => ListSomeAsync(),
    };

    private Task RecordAsync(CancellationToken stop)
    {
        var readings = Enumerable.Range(0, Random.Next(1, 5)).Select(_ => NewReading()).ToList();
        // Said again, it changes nothing; with another value the whole request is refused.
        if (made.Count > 0 && Random.Next(3) == 0)
        {
            var old = made[Random.Next(made.Count)];
            readings.Add(Random.Next(6) == 0 ? old.With("pwv_mm", Fields.Number(50 + (Random.Next(100) / 16.0))) : old);
        }
        made.AddRange(readings.Take(MaxRemembered - made.Count));
        var writes = string.Join(',', readings.Select(r => $$"""{"entity":"environment","action":"ensure"{{Entity.Readings.Naming}},"set":{{r}}}"""));
        return SubmitAsync(new("record", Entity.Readings, HttpMethod.Post, Entity.Readings.Path,
            new Fields(("items", $"[{string.Join(',', readings)}]")).Object, null, NewKey(), Encoding.UTF8.GetBytes($"[{writes}]"))
        { Shows = _ => [] },
            _ => { }, stop);
    }

    private Fields NewReading() => new(("telescope_id", "1"), ("sensor", NewText()),
        // To the millisecond, as it is stored.
        ("measured_at", Fields.Instant(DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()))),
        ("pwv_mm", Fields.Number(Random.Next(100) / 16.0)));

    private Task SetUpAsync(CancellationToken stop) => SubmitAsync(WriteRequest.Create("set_up", Entity.SetUps, NewKey(),
        Random.Next(2) == 0 ? NewId() : null, new(("instrument_module_id", "1"), ("set_at", Fields.Instant(DateTimeOffset.UtcNow)),
            ("settings", $"{{\"lo\":{Random.Next(900)}}}"), ("comment", NewText()))), own.SetUps, stop);

    private Task SwitchAsync(CancellationToken stop)
    {
        var (id, reason) = (Random.Next(Instruments) + 1, NewText());
        var set = new Fields(("available", "false"), ("unavailable_reason", reason));
        return SubmitAsync(new("switch", Entity.Instruments, HttpMethod.Put, $"{Entity.Instruments.Path}/{id}/availability",
            new Fields(("available", "false"), ("reason", reason)).Object, null, NewKey(),
            Encoding.UTF8.GetBytes(
                $$"""[{"entity":"instruments","id":{{id}},"action":"update","open":["availability_since"],"set":{{set}}}]""")), _ => { }, stop);
    }

    private async Task ReadOneAsync()
    {
        if (Random.Next(3) == 0)
            await ReadAsync(AnyApi(), Entity.Instruments, $"{Random.Next(Instruments) + 1}");
        else if (own.SetUps.Pick(Random, Window) is { } known
            && await ReadAsync(AnyApi(), Entity.SetUps, known) is { Row: { Json.IsEmpty: false } row } called)
            own.SetUps.Saw(row, called.Reply.ETag);
    }

    private async Task ListSomeAsync()
    {
        if (Random.Next(2) == 0)
            await ListAsync(ListRequest.Of(Entity.SetUps, [("instrument_module_id", "1", "instrument_module_id", "[1]")], "-set_at", 20, 2,
                count: Random.Next(4) == 0));
        else if (made.Count > 0 && made[Random.Next(made.Count)].All.First(f => f.Name == "sensor").Json is var sensor)
            await ListAsync(ListRequest.Of(Entity.Readings, [("sensor", sensor.Trim('"'), "sensor", $"[{sensor}]")], "-measured_at", 20, 1,
                count: false));
    }
}
