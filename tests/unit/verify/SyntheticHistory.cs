using System.Globalization;
using System.Text;

namespace OpsDb.UnitTests.Verify;

/// <summary>
/// Writes the history of a run that did everything right: clients at both processes of a site and at main, retries,
/// unknown outcomes, concurrent writers, a link that is cut, a loss of log entries that is declared, refused and discarded
/// transactions. The same seed gives the same history. In one file, because each of these happens to the state that the others left.
/// </summary>
internal sealed partial class SyntheticHistory
{
    private const string SpecialUnit = "777777";

    private static readonly SyntheticTable Executions = SyntheticTable.Executions, Files = SyntheticTable.Files;
    private static readonly string[] Processes = ["observatory/1", "observatory/2", "main/1"];

    private readonly PriorityQueue<IEnumerator<int>, (long, int)> waiting = new();
    private readonly Random random;
    private readonly SyntheticSite site;
    private readonly int operations;
    private readonly TextWriter history;
    private readonly List<string> faults = [];
    private readonly List<Guid> recent = [];
    private readonly HashSet<Guid> madeAtMain = [], fileIds = [];
    private readonly Dictionary<Guid, SyntheticTransaction> keysOfMain = [];
    private readonly Dictionary<Guid, string> answers = [];
    private long now;
    private int calls, turns, executions;
    private bool cut;

    public SyntheticHistory(int seed, int operations, TextWriter history, int clients = 8)
    {
        random = new(seed);
        site = new(NewId);
        (this.operations, this.history) = (operations, history);
        for (var client = 0; client < clients; client++)
            Spawn(Client($"c{client}", Processes[client % 4 == 3 ? 2 : client % 2]));
        Spawn(Processor());
        Spawn(Replicator());
        Spawn(Operator());
    }

    /// <summary>Runs to the end, until nothing is pending and the replica has everything.</summary>
    public void Run()
    {
        while (waiting.TryDequeue(out var actor, out var turn))
        {
            now = turn.Item1;
            if (actor.MoveNext())
                waiting.Enqueue(actor, (now + actor.Current, turns++));
        }
        site.Process(int.MaxValue);
        site.Replicate();
    }

    private bool IsOver => calls >= operations;

    private void Spawn(IEnumerable<int> actor, int after = 0) => waiting.Enqueue(actor.GetEnumerator(), (now + after, turns++));

    private int Latency() => 200 + random.Next(4000);

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new(bytes);
    }

    private string Now() => $"\"{new DateTime(2026, 11, 21, 3, 0, 0, DateTimeKind.Utc).AddTicks(now * 10):yyyy-MM-ddTHH:mm:ss.ffffff}Z\"";

    private IEnumerable<int> Processor()
    {
        while (!IsOver)
        {
            yield return 20_000 + random.Next(60_000);
            if (!cut)
                site.Process(1 + random.Next(200));
        }
    }

    private IEnumerable<int> Replicator()
    {
        while (!IsOver)
        {
            yield return 5_000 + random.Next(40_000);
            if (!cut)
                site.Replicate();
        }
    }

    /// <summary>Cuts the link now and then, loses entries once, and makes transactions fail that it discards later.</summary>
    private IEnumerable<int> Operator()
    {
        for (var round = 0; !IsOver; round++)
        {
            yield return 100_000 + random.Next(200_000);
            var begin = now;
            cut = true;
            yield return 50_000 + random.Next(200_000);
            if (round == 1 && site.Pending > 0)
            {
                var loss = now;
                site.Lose(1 + random.Next(site.Pending));
                faults.Add(string.Create(CultureInfo.InvariantCulture,
                    $$"""{"fault":"torn-aof","target":"observatory/redis","begin":{{loss}},"end":{{loss + 20_000}},"may_lose":"log"}"""));
                yield return 20_000;
            }
            cut = false;
            faults.Add(string.Create(CultureInfo.InvariantCulture, $$"""{"fault":"cut","target":"link","begin":{{begin}},"end":{{now}} }"""));
            Spawn(round % 3 == 0 ? Conflict($"o{round}") : round % 3 == 1 ? Repeated($"o{round}") : Merged($"o{round}"));
        }
    }

    private IEnumerable<int> Client(string name, string process)
    {
        yield return random.Next(5000);
        while (!IsOver)
        {
            foreach (var wait in Step(name, process))
                yield return wait;
            yield return random.Next(3000);
        }
    }

    private IEnumerable<int> Step(string name, string process)
    {
        var atMain = process.StartsWith("main", StringComparison.Ordinal);
        return random.Next(100) switch
        {
            < 18 => Write(name, process, Start, "start", """{"entity":"executions","id":"{0}","action":"create"}"""),
            < 36 => Write(name, process, Finish, "finish", FinishWrites),
            < 41 => Write(name, process, Correct, "update",
                """{"entity":"executions","id":"{0}","action":"update","expected":{2},"set":{"comment":"ok {1}"}}"""),
            < 43 => Write(name, process, Register, "register", ""),
            < 45 => Write(name, process, Remove, "delete", """{"entity":"files","id":"{0}","action":"delete"}"""),
            < 86 => Read(name, process),
            _ => List(name, process, atMain ? site.Main : site.Site),
        };
    }

    private const string FinishWrites =
        """
        {"entity":"executions","id":"{0}","action":"update","from":{"status":"running"},"set":{"status":"completed","quality":"good"},"open":["end_time"]}
        """;

    private delegate (string Kind, SyntheticChange[] Changes, int Expected)? Decision(bool atMain);

    private (string, SyntheticChange[], int)? Start(bool atMain)
    {
        var id = NewId();
        return ("executions.start", [Started(id, $"{executions++ / 40 % 100_000}", $"note {random.Next(1000)}")], 0);
    }

    private (string, SyntheticChange[], int)? Finish(bool atMain) => PickRunning(atMain) is not { } row ? null
        : ("executions.finish", [Changed(row.Id, ("status", "\"completed\""), ("quality", "\"good\""), ("end_time", Now()))], row.Version);

    private (string, SyntheticChange[], int)? Correct(bool atMain) => Pick(atMain, r => r.Table == Executions) is not { } row ? null
        : ("executions.change", [Changed(row.Id, ("comment", $"\"ok {random.Next(100_000)}\""))], row.Version);

    private SyntheticChange Started(Guid id, string unit, string comment)
    {
        var at = Now();
        string[] values = [unit, "\"running\"", at, "null", "null", "null", "null", $"\"{comment}\"", at, "\"obs\"", at, "\"obs\""];
        return new(Executions, id, new(Executions, id, 1, default, values), null);
    }

    /// <summary>An execution some of whose fields are set, and with them when it was changed.</summary>
    private SyntheticChange Changed(Guid id, params (string Field, string Value)[] set) =>
        new(Executions, id, null, new Dictionary<string, string>(set.Select(s => KeyValuePair.Create(s.Field, s.Value))) { ["modified_at"] = Now() });

    private (string, SyntheticChange[], int)? Register(bool atMain) => ("files.register", [.. Enumerable.Range(0, 3).Select(i =>
    {
        var id = NewId();
        return new SyntheticChange(Files, id, new(Files, id, 1, default, [$"\"file {id:n} {i}\"", $"{random.Next()}", Now(), "\"obs\""]), null);
    })], 0);

    private (string, SyntheticChange[], int)? Remove(bool atMain) => Pick(atMain, r => r.Table == Files) is not { } row ? null
        : ("files.delete", [new(Files, row.Id, null, null)], row.Version);

    /// <summary>Mostly one of the latest; as many are finished as are started.</summary>
    private SyntheticRow? PickRunning(bool atMain) => Pick(atMain, r => r.Table == Executions && r["status"] == "\"running\"")
        ?? (atMain ? site.Main : site.Site).Running.Take(30).FirstOrDefault(r => IsOfMain(r.Id) == atMain && r["obs_unit_id"] != SpecialUnit);

    /// <summary>A row that this place may write: one that was made here.</summary>
    private SyntheticRow? Pick(bool atMain, Func<SyntheticRow, bool> suits)
    {
        for (var i = 0; i < 12 && recent.Count > 0; i++)
        {
            var id = recent[^(1 + random.Next(Math.Min(recent.Count, 60)))];
            if ((atMain ? site.Main : site.Site).Rows.TryGetValue(id, out var row) && IsOfMain(id) == atMain && suits(row))
                return row;
        }
        return null;
    }

    private bool IsOfMain(Guid id) => madeAtMain.Contains(id);

    private IEnumerable<int> Write(string name, string process, Decision decide, string operation, string template)
    {
        var atMain = process.StartsWith("main", StringComparison.Ordinal);
        var key = NewId();
        var invoke = now;
        if (decide(atMain) is not { } decision)
            yield break;
        var (kind, changes, expected) = decision;
        var writes = string.Join(',', changes.Select(c => c.Row is { } row
            ? $$"""{"entity":"{{c.Table.Name}}","id":"{{c.Id}}","action":"create","set":{ {{row.Fields}} } }"""
            : template.Replace("{0}", c.Id.ToString(), StringComparison.Ordinal).Replace("{2}", $"{expected}", StringComparison.Ordinal)
                .Replace("ok {1}", c.Set?.GetValueOrDefault("comment", "").Trim('"'), StringComparison.Ordinal)));
        var luck = random.Next(100);
        SyntheticTransaction? done = null;
        if (luck is < 3 or >= 6)
            yield return Latency();
        if (luck >= 3)
            done = Do();
        yield return Latency();
        // 0-2 never arrives, 3-5 lands at once, 6-8 is answered too late, and the caller does not know which.
        if (luck >= 9)
        {
            Emit(name, process, operation, invoke, done is null ? "refused" : "ok", key, writes, Answer(done, false), done is null ? 409 : 202);
            if (luck < 14)
                foreach (var wait in Retry(true))
                    yield return wait;
            yield break;
        }
        Emit(name, process, operation, invoke, "unknown", key, writes, "null", 503);
        if (luck < 3 && random.Next(3) == 0)
            Spawn(Late(), random.Next(20_000));
        if (random.Next(3) > 0)
            foreach (var wait in Retry(false))
                yield return wait;

        IEnumerable<int> Late()
        {
            yield return 1;
            Do();
        }

        IEnumerable<int> Retry(bool known)
        {
            yield return Latency() * 3;
            var again = now;
            yield return Latency();
            var before = (atMain ? keysOfMain.GetValueOrDefault(key) : site.Known(key)) is not null;
            var second = !known && !before && random.Next(3) == 0 ? null : Do();
            yield return Latency();
            Emit(name, process, operation, again, second is null ? "refused" : "ok", key, writes, Answer(second, before), second is null ? 409 : 202);
        }

        SyntheticTransaction? Do()
        {
            if ((atMain ? keysOfMain.GetValueOrDefault(key) : site.Known(key)) is { } first)
                return first;
            var view = atMain ? site.Main : site.Site;
            foreach (var change in changes)
            {
                var there = view.Rows.GetValueOrDefault(change.Id);
                if (change.Row is null ? there is null || kind != "files.delete" && there.Version != expected : there is not null)
                    return null;
            }
            var transaction = atMain ? site.Write(kind, key, changes) : site.Accept(kind, key, changes);
            if (atMain)
                keysOfMain[key] = transaction;
            foreach (var change in changes.Where(c => c.Row is not null))
            {
                recent.Add(change.Id);
                if (atMain)
                    madeAtMain.Add(change.Id);
            }
            return transaction;
        }
    }

    /// <summary>The first answer, also when the log has begun anew since.</summary>
    private string Answer(SyntheticTransaction? t, bool replayed)
    {
        if (t is null)
            return "null";
        if (!answers.TryGetValue(t.Id, out var first))
        {
            var place = t.Epoch is { } epoch ? string.Create(CultureInfo.InvariantCulture, $",\"epoch\":\"{epoch}\",\"position\":{t.Position}") : "";
            answers[t.Id] = first = $$"""{"transaction":"{{t.Id}}"{{place}},"rows":[{{string.Join(',', t.Rows.Select(r => r.Json))}}]""";
        }
        return $$"""{{first}}{{(replayed ? ",\"replayed\":true" : "")}} }""";
    }

    private IEnumerable<int> Read(string name, string process)
    {
        if (recent.Count == 0)
            yield break;
        var id = recent[random.Next(4) == 0 ? random.Next(recent.Count) : ^(1 + random.Next(Math.Min(recent.Count, 40)))];
        var invoke = now;
        yield return Latency();
        var stale = random.Next(60) == 0 && !process.StartsWith("main", StringComparison.Ordinal);
        var row = (stale || process.StartsWith("main", StringComparison.Ordinal) ? site.Main : site.Site).Rows.GetValueOrDefault(id);
        yield return Latency();
        var entity = row?.Table.Name ?? (fileIds.Contains(id) ? "files" : "executions");
        if (row?.Table == Files)
            fileIds.Add(id);
        if (row is null && entity == "executions" && site.Site.Rows.GetValueOrDefault(id)?.Table == Files)
            entity = "files";
        var refused = random.Next(50) == 0;
        var answer = refused ? "null" : $$"""{"rows":[{{row?.Json}}]}""";
        Emit(name, process, "read", invoke, refused ? "refused" : "ok", null, null, answer, refused ? 503 : row is null ? 404 : 200,
            $$""","read":{"entity":"{{entity}}","id":"{{id}}"}{{(stale ? ",\"stale\":true" : "")}}""");
    }

    private IEnumerable<int> List(string name, string process, SyntheticView view)
    {
        var invoke = now;
        yield return Latency();
        var unit = $"{Math.Max(0, executions - 1 - random.Next(200)) / 40 % 100_000}";
        var from = view.Newest.Skip(random.Next(30)).FirstOrDefault()?["start_time"] ?? Now();
        var (target, rows, more) = random.Next(5) switch
        {
            0 when operations < 10_000 => ("""{"entity":"executions","filter":{"status":["running"]}}""", view.Running.ToList(), false),
            0 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}],"status":["running"]} }""", OfUnit("running"), false),
            1 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}]} }""", view.OfUnit(unit).ToList(), false),
            2 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}],"status":["completed","failed"]} }""", OfUnit("completed"), false),
            3 => ("""{"entity":"executions","sort":"-start_time"}""", view.Newest.Take(20).ToList(), view.Newest.Skip(20).Any()),
            _ => ($$"""{"entity":"executions","filter":{"start_time":{"from":{{from}} } } }""",
                view.Newest.TakeWhile(r => string.CompareOrdinal(r["start_time"], from) >= 0).ToList(), false),
        };
        yield return Latency();
        var answer = $$"""{"rows":[{{string.Join(',', rows.Select(r => r.Short))}}],"more":{{(more ? "true" : "false")}} }""";
        Emit(name, process, "list", invoke, "ok", null, null, answer, 200, $",\"list\":{target}");

        List<SyntheticRow> OfUnit(string status) => [.. view.OfUnit(unit).Where(r => r["status"] == $"\"{status}\"")];
    }

    private void Emit(
        string name, string process, string operation, long invoke, string outcome, Guid? key, string? writes, string answer, int status, string target = "")
    {
        var text = new StringBuilder(1000);
        text.Append(CultureInfo.InvariantCulture, $$"""{"n":{{++calls}},"client":"{{name}}","process":"{{process}}","op":"{{operation}}",""");
        text.Append(CultureInfo.InvariantCulture, $"\"invoke\":{invoke},\"complete\":{now},\"outcome\":\"{outcome}\",\"status\":{status}{target}");
        if (key is not null)
            text.Append(CultureInfo.InvariantCulture, $",\"key\":\"{key}\",\"writes\":[{writes}]");
        text.Append(CultureInfo.InvariantCulture, $",\"answer\":{answer}}}");
        history.WriteLine(text);
    }
}
