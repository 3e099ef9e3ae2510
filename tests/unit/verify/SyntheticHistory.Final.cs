using System.Globalization;

namespace OpsDb.UnitTests.Verify;

/// <summary>What is there at the end.</summary>
internal sealed partial class SyntheticHistory
{
    public void WriteFaults(TextWriter output) => faults.ForEach(output.WriteLine);

    /// <param name="digests">Tables of the replica as a digest, not row by row.</param>
    public void WriteFinal(TextWriter output, bool digests = false)
    {
        foreach (var t in site.Ledger)
        {
            var epoch = t.Epoch is { } e ? $"\"{e}\"" : "null";
            var first = t.DuplicateOf is { } of ? $"\"{of}\"" : "null";
            var position = t.Position?.ToString(CultureInfo.InvariantCulture) ?? "null";
            var rows = string.Join(',', t.Rows.Select(r => r.Json));
            output.Write($$"""{"t":"applied","id":"{{t.Id}}","site":"{{t.Site}}","epoch":{{epoch}},"position":{{position}},"key":"{{t.Key}}",""");
            output.WriteLine($$""" "kind":"{{t.Kind}}","outcome":"{{t.Outcome}}","duplicate_of":{{first}},"answer":{"rows":[{{rows}}]} }""");
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
                var last = Math.Max(position, previous is null ? 0 : fork).ToString(CultureInfo.InvariantCulture);
                var named = transaction == default ? "null" : $"\"{transaction}\"";
                var change = previous is null ? "" : string.Create(CultureInfo.InvariantCulture,
                    $$""","previous_epoch":"{{previous}}","fork_position":{{fork}},"applied_position":0,"seen_position":{{seen}},"acknowledged":false""");
                output.Write($$"""{"t":"watermark","at":"{{place}}","site":"observatory","epoch":"{{epoch}}","position":{{last}},""");
                output.WriteLine($$""" "transaction":{{named}}{{change}} }""");
            }
            foreach (var table in (SyntheticTable[])[Executions, Files])
            {
                var rows = site.Main.Rows.Values.Where(r => r.Table == table).ToList();
                var digest = digests ? ",\"digest\":\"same\"" : "";
                output.WriteLine($$"""{"t":"table","at":"{{place}}","entity":"{{table.Name}}","rows":{{rows.Count}}{{digest}} }""");
                foreach (var row in digests && place != "main" ? [] : rows)
                    output.WriteLine($$"""{"t":"row","at":"{{place}}","entity":"{{table.Name}}","row":{{row.Json}} }""");
                output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"rows","entity":"{{table.Name}}","value":{{rows.Count}} }""");
            }
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"failed","value":{{site.Held.Count(h => h.Outcome == "failed")}} }""");
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"parked","value":{{site.Held.Count(h => h.Outcome == "parked")}} }""");
            output.WriteLine($$"""{"t":"counter","at":"{{place}}","name":"pending","value":0}""");
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $$"""{"t":"stream","site":"observatory","epoch":"{{site.Epoch}}","last":{{site.Last}} }"""));
        var status = site.Watermarks.Count > 1 || site.Held.Count > 0 ? "degraded" : "healthy";
        output.WriteLine($$"""{"t":"health","site":"observatory","status":"{{status}}"}""");
    }
}
