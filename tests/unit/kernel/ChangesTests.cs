using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class ChangesTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Transaction = Guid.CreateVersion7();

    private static readonly Execution Before = new()
    {
        Id = Guid.CreateVersion7(),
        ObsUnitId = 7,
        StartTime = Now.AddHours(-1),
        Comment = "windy",
        Version = 3,
        CreatedAt = Now.AddHours(-4),
        CreatedBy = "anna",
        ModifiedBy = "anna",
    };

    [Test]
    public void An_update_writes_the_changed_fields_and_its_author_and_compares_the_changed_ones()
    {
        var change = Stamp(new Changes().Update(Before, Before with { Comment = "calm" })).Single().Rows.Single();
        Assert.That(Names(change.Row), Is.EquivalentTo((string[])["comment", "modified_at", "modified_by"]));
        Assert.That(change.Seen!.Value.GetRawText(), Is.EqualTo("""{"comment":"windy","created_at":"2027-01-01T20:00:00Z"}"""), "and who the row is");
    }

    [Test]
    public void An_update_compares_what_it_rests_on_too() =>
        Assert.That(Names(Stamp(new Changes().Update(Before, Before with { Comment = "calm" }, e => e.Status, e => e.ObsUnitId)).Single().Rows.Single().Seen),
            Is.EquivalentTo((string[])["comment", "status", "obs_unit_id", "created_at"]));

    [Test]
    public void An_update_without_a_difference_is_no_step_and_leaves_the_row_as_it_was()
    {
        var after = Before with { };
        var changes = new Changes().Update(Before, after);
        Assert.That(Stamp(changes), Is.Empty);
        Assert.That(changes.Stamped(after), Is.SameAs(Before));
    }

    [Test]
    public void A_changed_row_has_the_next_version_its_author_and_its_transaction()
    {
        var after = Before with { Comment = "calm" };
        var changes = new Changes().Update(Before, after);
        Stamp(changes);
        var stamped = changes.Stamped(after);
        Assert.That((stamped.Version, stamped.CreatedBy, stamped.ModifiedBy, stamped.ModifiedAt, stamped.TransactionId),
            Is.EqualTo((4, "anna", "bert", Now, Transaction)));
    }

    [Test]
    public void Creates_of_one_table_in_a_row_are_one_step()
    {
        var steps = Stamp(new Changes().Create(New()).Create(New()).Update(Before, Before with { Comment = null }).Create(New()));
        Assert.That(steps.Select(s => (s.Operation, s.Rows.Count)), Is.EqualTo((ValueTuple<StepOperation, int>[])
            [(StepOperation.Create, 2), (StepOperation.Update, 1), (StepOperation.Create, 1)]));
    }

    [Test]
    public void A_created_row_holds_every_column() =>
        Assert.That(Names(Stamp(new Changes().Create(New())).Single().Rows.Single().Row), Is.EqualTo(Execution.Table.Columns.Select(c => c.Name)));

    [Test]
    public void A_deletion_compares_who_the_row_is_and_rests_on_its_version()
    {
        var changes = new Changes().Delete(Before);
        var step = Stamp(changes).Single();
        var change = step.Rows.Single();
        Assert.That((step.Operation, change.Row, change.Version), Is.EqualTo((StepOperation.Delete, (JsonElement?)null, (int?)3)));
        Assert.That(change.Seen!.Value.GetRawText(), Is.EqualTo("""{"created_at":"2027-01-01T20:00:00Z"}"""));
        Assert.That((changes.Subject, changes.Decided.Any()), Is.EqualTo(((Row?)Before, false)), "it has no rules to keep");
        Assert.That(changes.Stamped(Before), Is.EqualTo(Before with { TransactionId = Transaction }), "the answer is the row as it was");
    }

    private static Execution New() => Before with { Id = Guid.CreateVersion7() };

    private static IReadOnlyList<Step> Stamp(Changes changes) => changes.Stamp(new("bert"), Now, Transaction);

    private static IEnumerable<string> Names(JsonElement? element) => element!.Value.EnumerateObject().Select(p => p.Name);
}
