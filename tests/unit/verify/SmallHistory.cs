using System.Globalization;
using System.Text.Json.Nodes;

namespace OpsDb.UnitTests.Verify;

/// <summary>
/// A history of a few calls, which a test writes down call by call, in the order in which they were answered. Names take the
/// place of ids. At the end main and the site's replica hold what it says they hold.
/// </summary>
internal sealed class SmallHistory : IDisposable
{
    private readonly RunFolder run = new();

    public string Output => run.Output;

    /// <summary>An entry of a row as an answer shows it.</summary>
    /// <param name="fields">JSON without the braces; null where the answer does not tell them.</param>
    /// <param name="state">Where its newest change is; null where the answer does not tell.</param>
    public static string Row(string id, int version, string? transaction, string? fields = null, string? state = null) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"id":"{{id}}","version":{{version}}""")
            + (transaction is null ? "" : $",\"transaction\":\"{transaction}\"")
            + (state is null ? "" : $",\"state\":\"{state}\"")
            + (fields is null ? "" : $",\"fields\":{{{fields}}}")
            + "}";

    /// <summary>A row of <c>notes</c> that was there before the run.</summary>
    public void Given(string id, string fields) =>
        Call("main/1", 0, 0, $$"""
            "writes":[{"entity":"notes","id":"{{id}}","action":"given"}],"answer":{"rows":[{{Row(id, 1, null, fields)}}]}
            """);

    /// <summary>A call that was answered as it should be; it takes its place by when it was complete.</summary>
    /// <param name="target">What it asked for and what was answered; JSON without the braces.</param>
    public void Call(string process, long invoke, long complete, string target, string outcome = "ok") =>
        run.History.Insert(run.History.FindLastIndex(l => l["complete"]!.GetValue<long>() <= complete) + 1,
            Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {"client":"c{{run.History.Count % 3}}","process":"{{process}}","op":"call",
            "invoke":{{invoke}},"complete":{{complete}},"outcome":"{{outcome}}",{{target}}}
            """)));

    /// <summary>A write of one row of <c>notes</c>.</summary>
    /// <param name="set">The fields that it sets; JSON without the braces.</param>
    /// <param name="row">As answered.</param>
    /// <param name="place">Where in the log: "epoch" and "position"; empty for a direct write.</param>
    public void Write(string process, long invoke, long complete, string action, string id, string set, string transaction, string row, string place = "") =>
        Call(process, invoke, complete, $$"""
            "key":"key of {{transaction}}","writes":[{"entity":"notes","id":"{{id}}","action":"{{action}}","set":{ {{set}} } }],
            "answer":{"transaction":"{{transaction}}"{{(place.Length > 0 ? $",{place}" : "")}},"rows":[{{row}}]}
            """);

    /// <summary>A call about transactions, with what was said of each.</summary>
    /// <param name="about">transaction, held, health or intervention.</param>
    public void Ask(string process, long invoke, long complete, string about, string transaction, string states, string more = "") =>
        Call(process, invoke, complete, $$"""
            "ask":{"about":"{{about}}","transaction":"{{transaction}}"}{{more}},"answer":{"states":[{{states}}]}
            """);

    public void Fault(string json) => run.Faults.Add(Parse(json));

    /// <summary>Main has applied a transaction.</summary>
    /// <param name="more">Further properties; JSON without the braces.</param>
    public void Applied(string site, string transaction, string more = "") =>
        Final($$"""
            {"t":"applied","id":"{{transaction}}","site":"{{site}}","key":"key of {{transaction}}","outcome":"applied"{{(more.Length > 0 ? $",{more}" : "")}}}
            """);

    /// <summary>A row of <c>notes</c> at the end, at both places.</summary>
    public void Ends(string row)
    {
        foreach (var place in (string[])["main", "observatory"])
            Final($$"""{"t":"row","at":"{{place}}","entity":"notes","row":{{row}}}""");
    }

    public void Final(string json) => run.Final.Add(Parse(json));

    public void ExpectProven()
    {
        Assert.That(run.Check(), Is.Zero, run.Output);
        Assert.That(run.Output, Does.Contain("PROVEN"));
    }

    public void ExpectFound(string sentence)
    {
        Assert.That(run.Check(), Is.EqualTo(1), run.Output);
        Assert.That(run.Output, Does.Contain(sentence));
    }

    public void ExpectFoundUnless(bool isRight, string sentence)
    {
        if (isRight)
            ExpectProven();
        else
            ExpectFound(sentence);
    }

    public void Dispose() => run.Dispose();

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
