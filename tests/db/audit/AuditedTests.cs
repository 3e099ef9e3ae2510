using Microsoft.Extensions.DependencyInjection;
using OpsDb.Audit;
using OpsDb.DbTests.Transactions;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Tokens;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Audit;

/// <summary>How entries come into the trail at a site whose writes wait in its log.</summary>
public sealed class AuditedTests : IdleSiteFixture
{
    private static readonly RefusedRequests Refused =
        new("token-revoked", new("observer", Guid.CreateVersion7()), "GET", "/a\u0001\ud800b", "192.0.2.7", "trace", 3);

    [Test]
    public async Task What_is_pending_is_in_the_trail_at_once_and_in_the_chain_when_it_is_applied()
    {
        await SubmitAsync(new RecordRefusals([new(Refused, DateTimeOffset.UtcNow), new(Refused, DateTimeOffset.UtcNow)]), new(Actor.System));
        Assert.That(await CountAsync($"audit_entry where site = '{Installation.SiteName}'"), Is.Zero);
        var entries = await EntriesAsync();
        Assert.That(entries.Select(e => (e.Action, e.Outcome, e.UserName, e.TokenId, e.Address, e.Sync?.State)),
            Is.All.EqualTo(("refused", AuditOutcome.Refused, "observer", Refused.Actor!.Token, "192.0.2.7", (SyncState?)SyncState.Buffered)));
        Assert.That(entries, Has.Count.EqualTo(2));
        Assert.That(entries[0].Detail!.Value.GetProperty("path").GetString(), Is.EqualTo("/ab"));

        var logged = await Log.AtAsync(new(Epoch, 1));
        await ApplyAsync(await ReadAsync(), logged!);
        var verdict = await VerdictAsync();
        Assert.That((verdict.Fault, verdict.Entries), Is.EqualTo(((string?)null, 2L)));
        Assert.That((await EntriesAsync()).Select(e => e.Detail!.Value.GetProperty("count").GetInt32()), Is.EqualTo((int[])[3, 3]));
    }

    [Test]
    public async Task A_token_that_is_made_and_revoked_is_told_of_once_each()
    {
        var (key, by) = (TokenKey.Parse(TestTokens.Key), new Submission(new("admin")) { Address = "192.0.2.7" });
        var create = new CreateToken("a", TokenKind.Svc, "observer", key.Hash("a"), ["read:*"], DateTimeOffset.UtcNow.AddDays(1), key.Id);
        var token = await SubmitAsync(create, by);
        await SubmitAsync(create with { TokenHash = key.Hash("b") }, by with { DryRun = true });
        foreach (var _ in Enumerable.Range(0, 2))
            await SubmitAsync(new RevokeToken(token.Id), by);
        var entries = await EntriesAsync();
        Assert.That(entries.Select(e => $"{e.Action} {e.Target} {e.UserName} {e.Address} {e.Detail}"), Is.EqualTo((string[])
        [
            $$"""tokens.create api_token/{{token.Id}} admin 192.0.2.7 {"operation": "create"}""",
            // In the site's log, which keeps what is written as it is.
            $$"""tokens.revoke api_token/{{token.Id}} admin 192.0.2.7 {"operation":"update","fields":["revoked_at"]}""",
        ]));
        Assert.That((await VerdictAsync()).Fault, Is.Null);
    }

    [Test]
    public async Task What_operators_decide_is_told_of_with_where_it_was_asked_for()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = At(1, new Changes().Create(Running() with { ObsUnitId = 60 }));
        await ApplyOneAsync(await ReadAsync(), refused);
        var (operators, token) = (Services.GetRequiredService<IInterventions>(), Guid.CreateVersion7());
        var by = new Submission(new("admin", token)) { Address = "192.0.2.7" };
        await operators.RetryAsync(refused.Id, new(Note: "once more"), by, CancellationToken.None);
        await operators.RetryAsync(refused.Id, new(), by with { DryRun = true }, CancellationToken.None);
        await operators.DiscardAsync(refused.Id, null, by, CancellationToken.None);
        await operators.ContinueAsync(Installation.SiteName, "go on", by, CancellationToken.None);

        var entries = await EntriesAsync();
        Assert.That(entries.Select(e => $"{e.Action} {e.Target} {EnumText.Of(e.Outcome)} {e.Detail}"), Is.EqualTo((string[])
        [
            $$"""transactions.retry applied_transaction/{{refused.Id}} failed {"note": "once more", "outcome": "failed"}""",
            $$"""transactions.discard applied_transaction/{{refused.Id}} done {"outcome": "discarded"}""",
            $$"""transactions.continue site_watermark/{{Installation.SiteName}} done {"note": "go on", "outcome": "done"}""",
        ]));
        Assert.That(entries.Select(e => (e.UserName, e.TokenId, e.Address)), Is.All.EqualTo(("admin", (Guid?)token, "192.0.2.7")));
        Assert.That((await VerdictAsync()).Fault, Is.Null);
    }

    /// <summary>Who corrects a write that was refused does not correct who made it.</summary>
    [Test]
    public async Task A_correction_leaves_what_the_trail_tells()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var told = new Changes().Create(Running() with { ObsUnitId = 60 }).Create(new AuditEntry
        {
            Id = Guid.CreateVersion7(),
            At = Instant.Round(DateTimeOffset.UtcNow),
            Site = Installation.SiteName,
            UserName = "observer",
            Action = "test",
        });
        var refused = At(1, told);
        await ApplyOneAsync(await ReadAsync(), refused);
        IReadOnlyList<Step> corrected = [.. refused.Steps.Select(s => s with { Rows = [.. s.Rows.Select(r => r with { Row = Corrected(r.Row!.Value) })] })];
        await Services.GetRequiredService<IInterventions>().RetryAsync(refused.Id, new(Steps: corrected), new(new("admin")), CancellationToken.None);
        Assert.That((await EntriesAsync()).Select(e => $"{e.Action} {e.UserName}"), Is.EqualTo((string[])["test observer", "transactions.edit admin"]));

        static System.Text.Json.JsonElement Corrected(System.Text.Json.JsonElement row)
        {
            var fields = row.EnumerateObject().ToDictionary(f => f.Name, f => f.Value);
            if (fields.ContainsKey("user_name"))
                return Json.ToElement(new { user_name = "nobody" });
            fields["obs_unit_id"] = Json.ToElement(1);
            return Json.ToElement(fields);
        }
    }

    private async Task<T> SubmitAsync<T>(ICommand<T> command, Submission submission)
    {
        await using var scope = Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(command, submission, CancellationToken.None)).Result;
    }

    /// <summary>Of this site, oldest first.</summary>
    private async Task<IReadOnlyList<AuditEntry>> EntriesAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        var query = ListQuery<AuditEntry>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["site"] = [Installation.SiteName], ["sort"] = ["at"] });
        return (await scope.ServiceProvider.GetRequiredService<IReader<AuditEntry, Guid>>().ListAsync(query, CancellationToken.None)).Items;
    }

    private async Task<ChainVerdict> VerdictAsync() =>
        (await Services.GetRequiredService<AuditCheck>().VerifyAsync(Installation.SiteName, [], CancellationToken.None)).Single();
}
