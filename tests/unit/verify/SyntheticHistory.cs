using System.Globalization;
using System.Text;

namespace OpsDb.UnitTests.Verify;

/// <summary>
/// Writes the history of a run that did everything right: clients at both processes of a site and at main, retries,
/// unknown outcomes, concurrent writers, a link that is cut, a loss of log entries that is declared, refused and discarded
/// transactions. The same seed gives the same history.
/// </summary>
internal sealed class SyntheticHistory
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
    private readonly List<(Guid Id, Guid Transaction)> recent = [];
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

    public void WriteFaults(TextWriter output) => faults.ForEach(output.WriteLine);

    /// <param name="digests">Tables of the replica as a digest, not row by row.</param>
    public void WriteFinal(TextWriter output, bool digests = false)
    {
        foreach (var t in site.Ledger)
        {
            var epoch = t.Epoch is { } e ? $"\"{e}\"" : "null";
            var first = t.DuplicateOf is { } of ? $"\"{of}\"" : "null";
            output.WriteLine($$"""{"t":"applied","id":"{{t.Id}}","site":"{{t.Site}}","epoch":{{epoch}},"position":{{t.Position?.ToString(CultureInfo.InvariantCulture) ?? "null"}},"key":"{{t.Key}}","kind":"{{t.Kind}}","outcome":"{{t.Outcome}}","duplicate_of":{{first}},"answer":{"rows":[{{string.Join(',', t.Rows.Select(r => r.Json))}}]} }""");
        }
        foreach (var t in site.Held)
            output.WriteLine($$"""{"t":"held","id":"{{t.Id}}","site":"observatory","outcome":"{{t.Outcome}}"}""");
        foreach (var id in site.Discarded)
            output.WriteLine($$"""{"t":"intervention","transaction":"{{id}}","action":"discard"}""");
        foreach (var place in (string[])["main", "observatory"])
        {
            foreach (var (epoch, previous, fork, seen) in site.Watermarks)
            {
                var (position, transaction) = site.Applied.GetValueOrDefault(epoch);
                var change = previous is null ? "" : string.Create(CultureInfo.InvariantCulture, $",\"previous_epoch\":\"{previous}\",\"fork_position\":{fork},\"applied_position\":0,\"seen_position\":{seen},\"acknowledged\":false");
                output.WriteLine($$"""{"t":"watermark","at":"{{place}}","site":"observatory","epoch":"{{epoch}}","position":{{Math.Max(position, previous is null ? 0 : fork)}},"transaction":{{(transaction == default ? "null" : $"\"{transaction}\"")}}{{change}} }""");
            }
            foreach (var table in (SyntheticTable[])[Executions, Files])
            {
                var rows = site.Main.Rows.Values.Where(r => r.Table == table).ToList();
                output.WriteLine($$"""{"t":"table","at":"{{place}}","entity":"{{table.Name}}","rows":{{rows.Count}}{{(digests ? ",\"digest\":\"same\"" : "")}} }""");
                foreach (var row in digests && place != "main" ? [] : rows)
                    output.WriteLine($$"""{"t":"row","at":"{{place}}","entity":"{{table.Name}}","row":{{row.Json}} }""");
                output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"rows","entity":"{{table.Name}}","value":{{rows.Count}} }""");
            }
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"failed","value":{{site.Held.Count(h => h.Outcome == "failed")}} }""");
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"parked","value":{{site.Held.Count(h => h.Outcome == "parked")}} }""");
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"pending","value":0}""");
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"t":"stream","site":"observatory","epoch":"{{site.Epoch}}","last":{{site.Last}} }"""));
        output.WriteLine($$"""{"t":"health","site":"observatory","status":"{{(site.Watermarks.Count > 1 || site.Held.Count > 0 ? "degraded" : "healthy")}}"}""");
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
                faults.Add(string.Create(CultureInfo.InvariantCulture, $$"""{"fault":"torn-aof","target":"observatory/redis","begin":{{loss}},"end":{{loss + 20_000}},"may_lose":"log"}"""));
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
            < 36 => Write(name, process, Finish, "finish", """{"entity":"executions","id":"{0}","action":"update","from":{"status":"running"},"set":{"status":"completed","quality":"good"},"open":["end_time"]}"""),
            < 41 => Write(name, process, Correct, "update", """{"entity":"executions","id":"{0}","action":"update","expected":{2},"set":{"comment":"ok {1}"}}"""),
            < 43 => Write(name, process, Register, "register", ""),
            < 45 => Write(name, process, Remove, "delete", """{"entity":"files","id":"{0}","action":"delete"}"""),
            < 86 => Read(name, process),
            _ => List(name, process, atMain ? site.Main : site.Site),
        };
    }

    private delegate (string Kind, SyntheticChange[] Changes, int Expected)? Decision(bool atMain);

    private (string, SyntheticChange[], int)? Start(bool atMain)
    {
        var id = NewId();
        var at = Now();
        string[] values = [$"{executions++ / 40 % 100_000}", "\"running\"", at, "null", "null", "null", "null", $"\"note {random.Next(1000)}\"", at, "\"obs\"", at, "\"obs\""];
        return ("executions.start", [new(Executions, id, new(Executions, id, 1, default, values), null)], 0);
    }

    private (string, SyntheticChange[], int)? Finish(bool atMain) => PickRunning(atMain) is not { } row ? null
        : ("executions.finish", [new(Executions, row.Id, null, new Dictionary<string, string> { ["status"] = "\"completed\"", ["quality"] = "\"good\"", ["end_time"] = Now(), ["modified_at"] = Now() })], row.Version);

    private (string, SyntheticChange[], int)? Correct(bool atMain) => Pick(atMain, r => r.Table == Executions) is not { } row ? null
        : ("executions.change", [new(Executions, row.Id, null, new Dictionary<string, string> { ["comment"] = $"\"ok {random.Next(100_000)}\"", ["modified_at"] = Now() })], row.Version);

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
            var (id, _) = recent[^(1 + random.Next(Math.Min(recent.Count, 60)))];
            if ((atMain ? site.Main : site.Site).Rows.TryGetValue(id, out var row) && IsOfMain(id) == atMain && suits(row))
                return row;
        }
        return null;
    }

    private readonly HashSet<Guid> madeAtMain = [];

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
            var before = (atMain ? ledgerOfMain.GetValueOrDefault(key) : site.Known(key)) is not null;
            var second = !known && !before && random.Next(3) == 0 ? null : Do();
            yield return Latency();
            Emit(name, process, operation, again, second is null ? "refused" : "ok", key, writes, Answer(second, before), second is null ? 409 : 202);
        }

        SyntheticTransaction? Do()
        {
            if ((atMain ? ledgerOfMain.GetValueOrDefault(key) : site.Known(key)) is { } first)
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
                ledgerOfMain[key] = transaction;
            foreach (var change in changes.Where(c => c.Row is not null))
            {
                recent.Add((change.Id, transaction.Id));
                if (atMain)
                    madeAtMain.Add(change.Id);
            }
            return transaction;
        }
    }

    private readonly Dictionary<Guid, SyntheticTransaction> ledgerOfMain = [];
    private readonly Dictionary<Guid, (Guid? Epoch, string Text)> answers = [];

    /// <summary>The first answer, also when the log has begun anew since.</summary>
    private string Answer(SyntheticTransaction? t, bool replayed)
    {
        if (t is null)
            return "null";
        if (!answers.TryGetValue(t.Id, out var first))
        {
            var place = t.Epoch is { } epoch ? string.Create(CultureInfo.InvariantCulture, $",\"epoch\":\"{epoch}\",\"position\":{t.Position}") : "";
            answers[t.Id] = first = (t.Epoch, $$"""{"transaction":"{{t.Id}}"{{place}},"rows":[{{string.Join(',', t.Rows.Select(r => r.Json))}}]""");
        }
        return $$"""{{first.Text}}{{(replayed ? ",\"replayed\":true" : "")}} }""";
    }

    private IEnumerable<int> Read(string name, string process)
    {
        if (recent.Count == 0)
            yield break;
        var id = recent[random.Next(4) == 0 ? random.Next(recent.Count) : ^(1 + random.Next(Math.Min(recent.Count, 40)))].Id;
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
        Emit(name, process, "read", invoke, refused ? "refused" : "ok", null, null, refused ? "null" : $$"""{"rows":[{{row?.Json}}]}""", refused ? 503 : row is null ? 404 : 200,
            $$""","read":{"entity":"{{entity}}","id":"{{id}}"}{{(stale ? ",\"stale\":true" : "")}}""");
    }

    private readonly HashSet<Guid> fileIds = [];

    private IEnumerable<int> List(string name, string process, SyntheticView view)
    {
        var invoke = now;
        yield return Latency();
        var unit = $"{Math.Max(0, executions - 1 - random.Next(200)) / 40 % 100_000}";
        var from = view.Newest.Skip(random.Next(30)).FirstOrDefault()?["start_time"] ?? Now();
        var (target, rows, more) = random.Next(5) switch
        {
            0 when operations < 10_000 => ("""{"entity":"executions","filter":{"status":["running"]}}""", view.Running.ToList(), false),
            0 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}],"status":["running"]} }""", view.OfUnit(unit).Where(r => r["status"] == "\"running\"").ToList(), false),
            1 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}]} }""", view.OfUnit(unit).ToList(), false),
            2 => ($$"""{"entity":"executions","filter":{"obs_unit_id":[{{unit}}],"status":["completed","failed"]} }""", view.OfUnit(unit).Where(r => r["status"] == "\"completed\"").ToList(), false),
            3 => ("""{"entity":"executions","sort":"-start_time"}""", view.Newest.Take(20).ToList(), view.Newest.Skip(20).Any()),
            _ => ($$"""{"entity":"executions","filter":{"start_time":{"from":{{from}} } } }""", view.Newest.TakeWhile(r => string.CompareOrdinal(r["start_time"], from) >= 0).ToList(), false),
        };
        yield return Latency();
        Emit(name, process, "list", invoke, "ok", null, null, $$"""{"rows":[{{string.Join(',', rows.Select(r => r.Short))}}],"more":{{(more ? "true" : "false")}} }""", 200, $",\"list\":{target}");
    }

    /// <summary>Main and the site finish the same execution; the site's is refused, another write waits behind it, a person discards it.</summary>
    private IEnumerable<int> Conflict(string name)
    {
        var row = Special(name, out var id);
        foreach (var wait in row)
            yield return wait;
        if (!site.Main.Rows.ContainsKey(id) || site.Site.Rows.GetValueOrDefault(id)?.Version != 1 || cut)
            yield break;
        var finish = (string by) => new SyntheticChange(Executions, id, null, new Dictionary<string, string> { ["status"] = "\"completed\"", ["end_time"] = Now(), ["reason"] = $"\"{by}\"", ["modified_at"] = Now() });
        const string move = """{"entity":"executions","id":"{0}","action":"update","from":{"status":"running"},"set":{"status":"completed"},"open":["end_time","reason"]}""";
        const string change = """{"entity":"executions","id":"{0}","action":"update","open":["quality"]}""";
        foreach (var wait in Do(name, "main/1", move, id, () => site.Write("executions.finish", NewId(), finish("main"))))
            yield return wait;
        SyntheticTransaction? failing = null;
        foreach (var wait in Do(name, "observatory/1", move, id, () => Failing(failing = site.Accept("executions.finish", NewId(), finish("site")))))
            yield return wait;
        foreach (var wait in Do(name, "observatory/2", change, id, () => site.Accept("executions.change", NewId(), new SyntheticChange(Executions, id, null, new Dictionary<string, string> { ["quality"] = "\"bad\"", ["modified_at"] = Now() }))))
            yield return wait;
        while (failing!.Outcome.Length == 0 && !IsOver)
            yield return 10_000;
        if (random.Next(2) == 0 || !site.Held.Contains(failing))
            yield break;
        yield return 30_000;
        if (site.Held.Contains(failing))
            site.Discard(failing);

        static SyntheticTransaction Failing(SyntheticTransaction transaction)
        {
            transaction.WillFail = true;
            return transaction;
        }
    }

    /// <summary>A write is repeated after Redis has forgotten its key, is accepted once more, and turns out to be a duplicate.</summary>
    private IEnumerable<int> Repeated(string name)
    {
        var row = Special(name, out var id);
        foreach (var wait in row)
            yield return wait;
        if (site.Site.Rows.GetValueOrDefault(id)?.Version != 1)
            yield break;
        var key = NewId();
        const string change = """{"entity":"executions","id":"{0}","action":"update","open":["quality"]}""";
        var set = new Dictionary<string, string> { ["quality"] = "\"usable\"", ["modified_at"] = Now() };
        for (var i = 0; i < 2; i++)
        {
            SyntheticTransaction? last = null;
            foreach (var wait in Do(name, "observatory/1", change, id, () => last = site.Accept("executions.change", key, new SyntheticChange(Executions, id, null, set))))
                yield return wait;
            while (last!.Outcome.Length == 0 && !IsOver)
                yield return 10_000;
            if (IsOver || !site.Site.Rows.ContainsKey(id))
                yield break;
            site.Forget(key);
        }
    }

    /// <summary>Main and the site change different fields of one execution at once.</summary>
    private IEnumerable<int> Merged(string name)
    {
        var row = Special(name, out var id);
        foreach (var wait in row)
            yield return wait;
        if (!site.Main.Rows.ContainsKey(id) || site.Site.Rows.GetValueOrDefault(id)?.Version != 1)
            yield break;
        const string change = """{"entity":"executions","id":"{0}","action":"update"}""";
        foreach (var wait in Do(name, "observatory/1", change, id, () => site.Accept("executions.change", NewId(), new SyntheticChange(Executions, id, null, new Dictionary<string, string> { ["quality"] = "\"bad\"", ["modified_at"] = Now() }))))
            yield return wait;
        foreach (var wait in Do(name, "main/1", change, id, () => site.Write("executions.change", NewId(), new SyntheticChange(Executions, id, null, new Dictionary<string, string> { ["comment"] = "\"main\"", ["modified_at"] = Now() }))))
            yield return wait;
    }

    /// <summary>Starts an execution of its own that nobody else writes, and waits until main has it.</summary>
    private IEnumerable<int> Special(string name, out Guid id)
    {
        var own = id = NewId();
        return Started();

        IEnumerable<int> Started()
        {
            var at = Now();
            string[] values = [SpecialUnit, "\"running\"", at, "null", "null", "null", "null", "\"special\"", at, "\"obs\"", at, "\"obs\""];
            foreach (var wait in Do(name, "observatory/2", """{"entity":"executions","id":"{0}","action":"create"}""", own, () => site.Accept("executions.start", NewId(), new SyntheticChange(Executions, own, new(Executions, own, 1, default, values), null))))
                yield return wait;
            yield return 90_000;
        }
    }

    private IEnumerable<int> Do(string name, string process, string template, Guid id, Func<SyntheticTransaction> write)
    {
        var invoke = now;
        yield return Latency();
        var done = write();
        yield return Latency();
        Emit(name, process, done.Kind, invoke, "ok", done.Key, template.Replace("{0}", id.ToString(), StringComparison.Ordinal), Answer(done, false), 202);
    }

    private void Emit(string name, string process, string operation, long invoke, string outcome, Guid? key, string? writes, string answer, int status, string target = "")
    {
        var text = new StringBuilder(1000);
        text.Append(CultureInfo.InvariantCulture, $$"""{"n":{{++calls}},"client":"{{name}}","process":"{{process}}","op":"{{operation}}","invoke":{{invoke}},"complete":{{now}},"outcome":"{{outcome}}","status":{{status}}{{target}}""");
        if (key is not null)
            text.Append(CultureInfo.InvariantCulture, $",\"key\":\"{key}\",\"writes\":[{writes}]");
        text.Append(CultureInfo.InvariantCulture, $",\"answer\":{answer}}}");
        history.WriteLine(text);
    }
}
