using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

/// <summary>Entity tags and the headers that name them (RFC 9110, 8.8.3 and 13).</summary>
public sealed class ConditionsTests
{
    private static readonly Guid Transaction = Guid.Parse("01a1fcfb-0428-75f8-8edd-158ada4a3776");
    private static readonly Note Row = new() { Id = 1, Version = 3, TransactionId = Transaction, Sync = new(SyncState.Buffered, Transaction, 17) };
    private static readonly string Written = $"3.{Transaction:n}";

    [TestCase("\"a\"", "\"a\"")]
    [TestCase("\"a\", \"b\"", "\"a\" \"b\"")]
    [TestCase("\"a\",,\t\"b\" ,", "\"a\" \"b\"")]
    [TestCase("W/\"a\" , \"b,c\"", "W/\"a\" \"b,c\"")]
    [TestCase("\"\"", "\"\"")]
    [TestCase("\"é\"", "\"é\"")]
    public void A_list_of_tags_is_read_as_the_RFC_says(string line, string tags) =>
        Assert.That(string.Join(' ', EntityTags.Parse("If-Match", [line])!.Tags), Is.EqualTo(tags));

    [Test]
    public void Several_lines_are_one_list() =>
        Assert.That(EntityTags.Parse("If-Match", ["\"a\"", "\"b\", \"c\""])!.Tags.Select(t => t.Text), Is.EqualTo((string[])["\"a\"", "\"b\"", "\"c\""]));

    [TestCase("")]
    [TestCase(",")]
    [TestCase("a")]
    [TestCase("\"a")]
    [TestCase("a\"")]
    [TestCase("w/\"a\"")]
    [TestCase("W/a")]
    [TestCase("W/")]
    [TestCase("\"a\" \"b\"")]
    [TestCase("\"a b\"")]
    [TestCase("\"a\", *")]
    [TestCase("**")]
    [TestCase("\"a\u0001\"")]
    public void What_is_no_list_of_tags_is_refused(string line) =>
        Assert.That(() => EntityTags.Parse("If-Match", [line]),
            Throws.InstanceOf<RefusalException>().With.Property("Problem").EqualTo(Problems.MalformedHeader));

    [Test]
    public void An_absent_header_demands_nothing() => Assert.That(EntityTags.Parse("If-Match", []), Is.Null);

    // Clients keep tags over a release: the version, the transaction without hyphens, its state, and its position while it is pending.
    [TestCase(null, null, "\"3.01a1fcfb042875f88edd158ada4a3776\"")]
    [TestCase(SyncState.Applied, null, "\"3.01a1fcfb042875f88edd158ada4a3776.applied\"")]
    [TestCase(SyncState.Buffered, 17L, "\"3.01a1fcfb042875f88edd158ada4a3776.buffered.17\"")]
    public void The_form_of_a_rows_tag_is_the_same_in_every_release(SyncState? state, long? position, string tag) =>
        Assert.That((Row with { Sync = state is { } known ? new(known, Transaction, position) : null }).ETag, Is.EqualTo(tag));

    [Test]
    public void A_tag_changes_with_the_state_of_the_synchronisation()
    {
        Note[] states = [Row, .. Enum.GetValues<SyncState>().Select(s => Row with { Sync = new(s, Transaction) }),
            Row with { Sync = new(SyncState.Failed, Transaction, 17) }, Row with { Sync = null }];
        Assert.That(states.Select(r => r.ETag), Is.Unique);
    }

    [TestCase(SyncState.Applied, null)]
    [TestCase(SyncState.Replicated, null)]
    [TestCase(SyncState.Failed, 17L)]
    [TestCase(SyncState.Parked, 18L)]
    public void A_writer_s_tag_outlives_the_state_of_the_synchronisation(SyncState state, long? position)
    {
        var later = Row with { Sync = new(state, Transaction, position) };
        Assert.DoesNotThrow(() => Match(Row.ETag).Require(later));
        Assert.That(NoneMatch(Row.ETag).IsKnown(later.ETag, later), Is.False, "and a reader is told");
        Assert.That(NoneMatch(later.ETag).IsKnown(later.ETag, later), Is.True);
    }

    [Test]
    public void A_writer_s_tag_dies_with_another_version_and_with_another_transaction()
    {
        foreach (var other in (Note[])[Row with { Version = 4 }, Row with { TransactionId = Guid.NewGuid() }])
            AssertMismatch(() => Match(Row.ETag).Require(other));
        // Another number that begins alike.
        AssertMismatch(() => Match($"\"{Written}\"").Require(Row with { Version = 33 }));
    }

    [Test]
    public void The_version_alone_names_a_row_with_nothing_pending()
    {
        Assert.DoesNotThrow(() => Match("\"3\"").Require(Row with { Sync = new(SyncState.Replicated, Transaction) }));
        AssertMismatch(() => Match("\"3\"").Require(Row));
    }

    [Test]
    public void One_tag_of_several_is_enough()
    {
        Assert.DoesNotThrow(() => Match($"\"x\", {Row.ETag}").Require(Row));
        Assert.That(NoneMatch($"\"x\", {Row.ETag}").IsKnown(Row.ETag, Row), Is.True);
    }

    [Test]
    public void A_weak_tag_is_good_for_a_reader_and_not_for_a_writer()
    {
        AssertMismatch(() => Match($"W/{Row.ETag}").Require(Row));
        AssertMismatch(() => Match($"W/{Row.ETag}").IsKnown(Row.ETag, Row));
        Assert.That(NoneMatch($"W/{Row.ETag}").IsKnown(Row.ETag, Row), Is.True);
    }

    [Test]
    public void An_asterisk_is_whatever_is_there()
    {
        Assert.DoesNotThrow(() => Match("*").Require(Row));
        AssertMismatch(() => Match("*").Require(null), "a row that is created is not there");
        AssertMismatch(() => NoneMatch("*").Require(Row));
        Assert.DoesNotThrow(() => NoneMatch("*").Require(null));
        Assert.That(NoneMatch("*").IsKnown(Row.ETag, Row), Is.True);
        Assert.That(Match("*").IsKnown(Row.ETag, Row), Is.False);
    }

    [Test]
    public void A_change_can_be_kept_from_a_state_that_is_known() => AssertMismatch(() => NoneMatch(Row.ETag).Require(Row));

    private static Conditions Match(string line) => new(EntityTags.Parse("If-Match", [line]));

    private static Conditions NoneMatch(string line) => new(null, EntityTags.Parse("If-None-Match", [line]));

    private static void AssertMismatch(Action act, string? why = null) =>
        Assert.That(act, Throws.InstanceOf<RefusalException>().With.Property("Problem").EqualTo(Problems.VersionMismatch), why);

    private sealed record Note : Row
    {
        public int Id { get; init; }

        protected override object GetKey() => Id;
    }
}
