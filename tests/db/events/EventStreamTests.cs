using Microsoft.Extensions.DependencyInjection;
using OpsDb.Events;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Events;

/// <summary>Events in the streams of a site, and those who deal with them.</summary>
public sealed class EventStreamTests : DatabaseFixture
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private IEventStreams Streams => Services.GetRequiredService<IEventStreams>();

    private RelayEventsJob Relay => ActivatorUtilities.CreateInstance<RelayEventsJob>(Services);

    protected override Dictionary<string, string> Settings() => new(SecondarySettings()) { ["EVENTS_KEPT"] = "100" };

    [Test]
    public async Task Relays_that_do_the_same_work_bring_each_event_once()
    {
        var rows = Enumerable.Range(0, 60).Select(Running).ToList();
        foreach (var row in rows)
            await ExecuteAsync(Transaction(new Changes().Create(row)));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Relay.RunAsync(CancellationToken.None))));
        var page = await Streams.AfterAsync(["executions"], 0, 1000, CancellationToken.None);
        Assert.That(page.Events.Select(e => e.Event.Key), Is.EquivalentTo(rows.Select(r => $"{r.Id}")));
        Assert.That(page.Events.Select(e => e.Event.Id), Is.Unique);
        Assert.That(page.Events.Select(e => e.Position), Is.Ordered.Ascending);
        Assert.That((await Relay.RunAsync(CancellationToken.None)).Done, Is.Zero);
    }

    [Test]
    public async Task Streams_are_read_together_in_order_and_tell_when_something_is_missing()
    {
        string? cursor = null;
        for (var n = 0; n < 40; n++)
        {
            var entity = n % 3 == 0 ? "obs-units" : "executions";
            Assert.That(await Streams.AppendAsync("test", cursor, $"{n}", [Of(entity, n)], CancellationToken.None), Is.True);
            Assert.That(await Streams.AppendAsync("test", cursor, "another", [Of(entity, 1000)], CancellationToken.None), Is.False, "somebody was faster");
            cursor = $"{n}";
        }
        var (told, position) = (new List<long?>(), 0L);
        for (var more = true; more;)
        {
            var page = await Streams.AfterAsync(["obs-units", "executions"], position, 7, CancellationToken.None);
            told.AddRange(page.Events.Select(e => e.Event.Id));
            (position, more) = (page.Position, page.More);
            Assert.That(page.IsIncomplete, Is.False);
        }
        Assert.That(told, Is.EqualTo(Enumerable.Range(0, 40).Select(n => (long?)n)));
        var first = await Streams.AfterAsync(["executions"], 0, 1, CancellationToken.None);
        Assert.That(await Streams.AppendAsync("test", cursor, "many", [.. Enumerable.Range(100, 400).Select(n => Of("executions", n))],
            CancellationToken.None), Is.True);
        Assert.That((await Streams.AfterAsync(["executions"], first.Position, 1000, CancellationToken.None)).IsIncomplete, Is.True, "100 are kept");
        Assert.That((await Streams.AfterAsync(["obs-units"], first.Position, 1000, CancellationToken.None)).IsIncomplete, Is.False);
    }

    [Test]
    public async Task A_group_deals_with_each_event_and_takes_over_from_those_who_died()
    {
        await Streams.AppendAsync("test", null, "1", [.. Enumerable.Range(0, 20).Select(n => Of("executions", n))], CancellationToken.None);
        // One takes some and is never heard of again.
        var lost = await Streams.TakeAsync("executions", "group", "dead", Long, 5, CancellationToken.None);
        Assert.That(lost, Has.Count.EqualTo(5));
        var handler = new Handler(_ => { });
        await new EventConsumer(Streams, "one").TurnAsync(handler, CancellationToken.None);
        Assert.That(handler.Seen, Has.Count.EqualTo(15));
        Assert.That(await Streams.TakeAsync("executions", "group", "one", Long, 5, CancellationToken.None), Is.Empty, "the rest is somebody's");
        var taken = await Streams.TakeAsync("executions", "group", "one", TimeSpan.Zero, 10, CancellationToken.None);
        Assert.That(taken.Select(e => e.Position), Is.EqualTo(lost.Select(e => e.Position)), "nobody has heard of it");
        await Streams.ConfirmAsync("executions", "group", [.. taken.Select(e => e.Position)], CancellationToken.None);
        Assert.That(await Streams.TakeAsync("executions", "group", "one", TimeSpan.Zero, 10, CancellationToken.None), Is.Empty);
        Assert.That((await Streams.TakeAsync("executions", "others", "one", Long, 100, CancellationToken.None)), Has.Count.EqualTo(20), "another purpose");
    }

    [Test]
    public async Task What_cannot_be_dealt_with_is_set_apart_and_stops_nothing_else()
    {
        await Streams.AppendAsync("test", null, "1", [.. Enumerable.Range(0, 10).Select(n => Of("executions", n))], CancellationToken.None);
        var handler = new Handler(e =>
        {
            if (e.Id == 4)
                throw new InvalidOperationException("a poison");
        });
        var consumer = new EventConsumer(Streams, "one");
        Assert.That((await consumer.TurnAsync(handler, CancellationToken.None)).Done, Is.EqualTo(9));
        for (var n = 1; n < EventConsumer.MaxTries; n++)
        {
            Assert.That(await Streams.DeadAsync("group", CancellationToken.None), Is.Zero, $"after {n} tries");
            var again = await Streams.TakeAsync("executions", "group", "one", TimeSpan.Zero, 10, CancellationToken.None);
            Assert.That(again.Single().Event.Id, Is.EqualTo(4));
            Assert.That(await Streams.TriesAsync("executions", "group", again[0].Position, CancellationToken.None), Is.EqualTo(n + 1));
        }
        var poison = (await Streams.AfterAsync(["executions"], 0, 100, CancellationToken.None)).Events.Single(e => e.Event.Id == 4);
        await Streams.SetAsideAsync("executions", "group", poison, "a poison", CancellationToken.None);
        Assert.That(await Streams.DeadAsync("group", CancellationToken.None), Is.EqualTo(1));
        Assert.That(await Streams.TakeAsync("executions", "group", "one", TimeSpan.Zero, 10, CancellationToken.None), Is.Empty);
    }

    private static DomainEvent Of(string entity, int id) =>
        new(entity, $"{Guid.NewGuid()}", EventChange.Created, EventState.Recorded, DateTimeOffset.UnixEpoch) { Id = id, Version = 1 };

    private sealed class Handler(Action<DomainEvent> handle) : IEventHandler
    {
        public List<long?> Seen { get; } = [];

        public string Group => "group";

        public IReadOnlySet<string>? Entities => new HashSet<string> { "executions" };

        public Task HandleAsync(IReadOnlyList<StreamedEvent> events, CancellationToken ct)
        {
            foreach (var one in events)
                handle(one.Event);
            Seen.AddRange(events.Select(e => e.Event.Id));
            return Task.CompletedTask;
        }
    }
}
