using System.CommandLine;
using System.Text.Json;
using OpsDb.Audit;
using OpsDb.Cli;
using OpsDb.Kernel;

namespace OpsDb.DataApi;

/// <summary>The verb <c>audit</c>.</summary>
internal static class AuditVerb
{
    public static Command Create() => new("audit", "The audit trail.") { Verify(), Export() };

    private static Command Verify()
    {
        var site = new Option<string?>("--site") { Description = "Only the chain of this site." };
        var heads = new Option<string[]>("--head")
        {
            Description = "An end that an earlier verify printed, <site>:<number>:<hash>: also finds newest entries that are gone.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        heads.Validators.Add(result =>
        {
            foreach (var wrong in result.Tokens.Where(t => ChainHead.Parse(t.Value) is null))
                result.AddError($"--head is <site>:<number>:<hash> as audit verify prints it, not '{wrong.Value}'.");
        });
        var verify = new Command("verify",
            "Recompute the chains of the main database. Prints their ends, to be kept elsewhere; exit code 1 when anything was edited or is missing.")
        {
            site, heads,
        };
        verify.SetAction(async (result, ct) =>
        {
            IReadOnlyList<ChainVerdict> verdicts = [];
            await DataApiBase.UseAsync<AuditCheck>(async check =>
                verdicts = await check.VerifyAsync(result.GetValue(site), [.. result.GetValue(heads)!.Select(h => ChainHead.Parse(h)!)], ct));
            foreach (var verdict in verdicts)
            {
                await Console.Error.WriteLineAsync($"{verdict.Site}: {verdict.Fault ?? "nothing was edited, and nothing is missing."} "
                    + $"Entries that are whole: {verdict.Entries}.");
            }
            foreach (var head in verdicts.Select(v => v.Head).OfType<ChainHead>())
                Console.WriteLine(head);
            return verdicts.All(v => v.Fault is null) ? CommandRun.Succeeded : CommandRun.Failed;
        });
        return verify;
    }

    private static Command Export()
    {
        var from = new Option<string?>("--from") { Description = "Entries at or after this instant, UTC, such as 2026-03-01T00:00:00Z; all when absent." };
        var to = new Option<string?>("--to") { Description = "Entries before this instant." };
        return new Command("export", "Print the entries as this site has them, oldest first, each in JSON on a line.") { from, to }.Does((result, ct) =>
            DataApiBase.UseAsync<IReader<AuditEntry, Guid>>(async entries =>
            {
                var asked = new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["at"] };
                if (result.GetValue(from) is { } first)
                    asked["at_from"] = [first];
                if (result.GetValue(to) is { } end)
                    asked["at_before"] = [end];
                var query = ListQuery<AuditEntry>.Parse(asked) with { Limit = ListQuery<AuditEntry>.MaxLimit };
                while (await entries.ListAsync(query, ct) is { Items: [.., var last] items } page)
                {
                    foreach (var entry in items)
                        Console.WriteLine(JsonSerializer.Serialize(entry, Json.Published));
                    if (page.Next is null)
                        break;
                    query = query.Following(last);
                }
            }));
    }
}
