namespace OpsDb.UnitTests.Verify;

/// <summary>Rows on which main and the site meet, or a person has to decide.</summary>
internal sealed partial class SyntheticHistory
{
    /// <summary>Main and the site finish the same execution; the site's is refused, another write waits behind it, a person discards it.</summary>
    private IEnumerable<int> Conflict(string name)
    {
        var row = Special(name, out var id);
        foreach (var wait in row)
            yield return wait;
        if (!site.Main.Rows.ContainsKey(id) || site.Site.Rows.GetValueOrDefault(id)?.Version != 1 || cut)
            yield break;
        var finish = (string by) => Changed(id, ("status", "\"completed\""), ("end_time", Now()), ("reason", $"\"{by}\""));
        const string move =
            """{"entity":"executions","id":"{0}","action":"update","from":{"status":"running"},"set":{"status":"completed"},"open":["end_time","reason"]}""";
        const string change = """{"entity":"executions","id":"{0}","action":"update","open":["quality"]}""";
        foreach (var wait in Do(name, "main/1", move, id, () => site.Write("executions.finish", NewId(), finish("main"))))
            yield return wait;
        SyntheticTransaction? failing = null;
        foreach (var wait in Do(name, "observatory/1", move, id, () => Failing(failing = site.Accept("executions.finish", NewId(), finish("site")))))
            yield return wait;
        foreach (var wait in Do(name, "observatory/2", change, id, () => site.Accept("executions.change", NewId(), Changed(id, ("quality", "\"bad\"")))))
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
        var usable = Changed(id, ("quality", "\"usable\""));
        for (var i = 0; i < 2; i++)
        {
            SyntheticTransaction? last = null;
            foreach (var wait in Do(name, "observatory/1", change, id, () => last = site.Accept("executions.change", key, usable)))
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
        foreach (var wait in Do(name, "observatory/1", change, id, () => site.Accept("executions.change", NewId(), Changed(id, ("quality", "\"bad\"")))))
            yield return wait;
        foreach (var wait in Do(name, "main/1", change, id, () => site.Write("executions.change", NewId(), Changed(id, ("comment", "\"main\"")))))
            yield return wait;
    }

    /// <summary>Starts an execution of its own that nobody else writes, and waits until main has it.</summary>
    private IEnumerable<int> Special(string name, out Guid id)
    {
        var own = id = NewId();
        return Begin();

        IEnumerable<int> Begin()
        {
            var start = Started(own, SpecialUnit, "special");
            const string create = """{"entity":"executions","id":"{0}","action":"create"}""";
            foreach (var wait in Do(name, "observatory/2", create, own, () => site.Accept("executions.start", NewId(), start)))
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
}
