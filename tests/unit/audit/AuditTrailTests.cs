using System.Text.Json;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Audit;
using OpsDb.Kernel;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Audit;

/// <summary>What of a decision comes into the audit trail.</summary>
internal sealed class AuditTrailTests
{
    private static readonly Guid Token = Guid.CreateVersion7();
    private static readonly Submission ByAdmin = new(new("admin", Token)) { Address = "192.0.2.7" };

    private static readonly Badge Before = new() { Id = 7, Name = "before", Secret = "hidden before", Version = 1 };

    private readonly Application application = new(services => services
        .AddSingleton(new Site("telescope", SiteType.Secondary, true))
        .AddTable(Badge.Table).AddTable(AuditEntry.Table)
        .AddSingleton<IAuditTrail, AuditTrail>()
        .AddScoped<IRequestHandler<Do, Decision<int>>, Do.Handler>());

    [TearDown]
    public void Stop() => application.Dispose();

    [Test]
    public async Task A_change_is_told_of_in_its_own_transaction_with_the_names_of_its_fields()
    {
        var before = await CreateAsync();
        await SubmitAsync(new Changes().Update(before, before with { Name = "after", Secret = "hidden after" }));
        var transaction = application.Database.Transactions[^1];
        Assert.That(transaction.Steps.Select(s => (s.Entity, s.Operation)),
            Is.EqualTo(new[] { ("badge", StepOperation.Update), ("audit_entry", StepOperation.Create) }));
        var entry = Entries()[^1];
        Assert.That((entry.Action, entry.Outcome, entry.Target, entry.UserName, entry.TokenId, entry.Address, entry.Site),
            Is.EqualTo(("badges.do", AuditOutcome.Done, "badge/7", "admin", (Guid?)Token, "192.0.2.7", "telescope")));
        Assert.That(entry.At, Is.EqualTo(transaction.OccurredAt));
        Assert.That(Detail(entry), Is.EqualTo("""{"operation":"update","fields":["name"]}"""));
    }

    [Test]
    public async Task Neither_values_nor_private_columns_are_in_an_entry()
    {
        var before = await CreateAsync();
        await SubmitAsync(new Changes().Update(before, before with { Secret = "hidden after" }));
        var entries = application.Database.Transactions.SelectMany(t => t.Steps).Where(s => s.Entity == "audit_entry").SelectMany(s => s.Rows);
        var text = string.Join('\n', entries.Select(r => r.Row!.Value.GetRawText()));
        Assert.That(text, Does.Contain("badge/7").And.Not.Contain("before").And.Not.Contain("hidden").And.Not.Contain("secret"));
        Assert.That(Detail(Entries()[^1]), Is.EqualTo("""{"operation":"update","fields":[]}"""), "that something changed is told all the same");
    }

    [Test]
    public async Task Each_row_that_comes_or_goes_has_an_entry()
    {
        await SubmitAsync(new Changes().Create(Before).CreateOneOfMany(Before with { Id = 8 }).CreateOneOfMany(Before with { Id = 9 }));
        await SubmitAsync(new Changes().Delete(Before with { Id = 8 }));
        Assert.That(Entries().Select(e => $"{e.Target} {Detail(e)}"), Is.EquivalentTo((string[])
        [
            """badge/7 {"operation":"create"}""", """badge/8 {"operation":"create"}""", """badge/9 {"operation":"create"}""",
            """badge/8 {"operation":"delete"}""",
        ]));
    }

    [Test]
    public async Task Nothing_is_told_of_what_does_not_change_or_is_not_audited()
    {
        await SubmitAsync(new Changes().Update(Before, Before with { Version = 1 }));
        Assert.That(application.Database.Transactions, Is.Empty);
        await SubmitAsync(new Changes().Create(new Source { Id = 1, Name = "a", Type = SourceType.Fixed, RaDeg = 1, DecDeg = 1 }));
        Assert.That(application.Database.Transactions.Single().Steps.Select(s => s.Entity), Is.EqualTo((string[])["source"]));
    }

    [Test]
    public void The_steps_of_a_transaction_are_shown_without_what_the_trail_says()
    {
        var (trail, at) = (new AuditTrail(new("telescope", SiteType.Secondary, true)), DateTimeOffset.UnixEpoch);
        var steps = trail.Tell([new("badge/7", StepOperation.Create, [])], "badges.do", ByAdmin, at).Stamp(ByAdmin.Actor, at, Guid.NewGuid());
        var logged = Json.ReadOwn<IReadOnlyList<Step>>(JsonSerializer.SerializeToUtf8Bytes(steps, Json.Options));
        var shown = new PublishedSteps([AuditEntry.Table]).Of(logged).Single();
        Assert.That((shown.Entity, shown.Rows.Single().Row!.Value.GetRawText()), Is.EqualTo(("audit_entry", "{}")));
    }

    private async Task<Badge> CreateAsync()
    {
        await SubmitAsync(new Changes().Create(Before));
        return application.Database.Of<Badge>().Single();
    }

    private List<AuditEntry> Entries() => [.. application.Database.Of<AuditEntry>().OrderBy(e => e.At)];

    private static string Detail(AuditEntry entry) => JsonSerializer.Serialize(entry.Detail, Json.Options);

    private Task<int> SubmitAsync(Changes changes) => application.SubmitAsAsync(new Do(changes), ByAdmin);

    private sealed record Badge : Row<int>, IRow<Badge>
    {
        public static Table<Badge> Table { get; } = new("badge") { Audited = true };

        public required string Name { get; init; }

        [Private]
        public required string Secret { get; init; }
    }

    [Kind("badges.do")]
    private sealed record Do(Changes Changes) : ICommand<int>
    {
        public sealed class Handler : ICommandHandler<Do, int>
        {
            public Task<Decision<int>> Decide(Do command, CancellationToken ct) => Task.FromResult(new Decision<int>(command.Changes, _ => 0));
        }
    }
}
