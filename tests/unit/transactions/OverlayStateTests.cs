using FsCheck.Fluent;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

public sealed class OverlayStateTests
{
    private static readonly Guid Epoch = Guid.NewGuid();
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Test]
    public void An_entry_that_is_read_again_is_not_applied_again()
    {
        var state = State();
        var row = New(1);
        var update = At(2, new Changes().Update(row, row with { Comment = "a" }));
        state.Append(At(1, new Changes().Create(row)));
        state.Append(update);
        state.Append(update);
        Assert.That(Fold(state, row.Id, null, 0, 2)!.Version, Is.EqualTo(2));
    }

    [Test]
    public void A_capture_does_not_see_what_came_after_it()
    {
        var state = State();
        var row = New(1);
        state.Append(At(1, new Changes().Create(row)));
        state.Append(At(2, new Changes().Update(row, row with { Comment = "later" })));
        Assert.That(Fold(state, row.Id, null, 0, 1)!.Comment, Is.Null);
        Assert.That(Fold(state, row.Id, null, 0, 0), Is.Null);
    }

    [Test]
    public void A_row_that_was_deleted_and_made_anew_is_known_to_be_in_an_older_snapshot()
    {
        var state = State();
        var row = New(1);
        var seen = Json.ToElement(new Dictionary<string, int> { ["version"] = 1 });
        var delete = new Step(Execution.Table.Name, StepOperation.Delete, [new(row.Id.ToString(), null, seen)]);
        state.Append(At(1, new Changes().Create(row)));
        state.Append(At(2, new()) with { Steps = [delete] });
        state.Append(At(3, new Changes().Create(row with { Comment = "anew" })));
        // Otherwise a list would show it twice: as the snapshot has it, and as it is now.
        Assert.That(state.Touched(Execution.Table, 1, 3), Is.EqualTo(new[] { ((string?)row.Id.ToString(), (Row?)null) }));
        Assert.That(state.Touched(Execution.Table, 0, 3).Single().Created, Is.InstanceOf<Execution>().With.Property("Comment").EqualTo("anew"));
        Assert.That(Fold(state, row.Id, row, 1, 3)!.Comment, Is.EqualTo("anew"));
    }

    [Test]
    public void An_entry_that_cannot_be_read_is_not_half_added()
    {
        var state = State();
        var good = At(1, new Changes().Create(New(1)));
        var bad = good with { Steps = [.. good.Steps, new Step("of_a_newer_release", StepOperation.Create, [])] };
        Assert.Throws<KeyNotFoundException>(() => state.Append(bad));
        Assert.That(state.Touched(Execution.Table, 0, 10), Is.Empty);
    }

    [Test]
    public void An_entry_of_a_newer_release_is_not_folded_and_refuses_only_what_it_concerns()
    {
        var state = State();
        var row = New(1);
        state.Append(At(1, new Changes().Create(row)));
        state.Append(At(2, new Changes().Update(row, row with { Comment = "newer" })) with { SchemaVersion = Transaction.CurrentSchemaVersion + 1 });
        Assert.That(Assert.Throws<OutageException>(() => Fold(state, row.Id, null, 0, 2))!.Problem, Is.EqualTo(TransactionProblems.NewerRelease));
        Assert.Throws<OutageException>(() => _ = state.Touched(Execution.Table, 0, 2).ToList());
        Assert.DoesNotThrow(() => state.RequireReadable("source", 0, 2));
        Assert.That(Fold(state, row.Id, null, 0, 1)!.Comment, Is.Null, "a cut before it");
        Assert.That(Fold(state, row.Id, row, 2, 2), Is.EqualTo(row), "a snapshot that has it");
        Assert.That((state.NewerAfter(0), state.NewerAfter(2)), Is.EqualTo(((long?)2, (long?)null)));
        state.TrimTo(2);
        Assert.That(state.NewerAfter(0), Is.Null);
    }

    [Test]
    public void An_entry_of_which_nothing_is_known_concerns_everything()
    {
        var state = State();
        state.Append(At(1, new Changes()) with { SchemaVersion = int.MaxValue, Steps = [new(EntryReader.AnyEntity, StepOperation.Update, [])] });
        Assert.Throws<OutageException>(() => state.RequireReadable("source", 0, 1));
    }

    /// <summary>
    /// Folding what lies beyond a snapshot over the snapshot gives the newest row, wherever the snapshot lies and whatever has left the
    /// overlay.
    /// </summary>
    [Test]
    public void A_fold_over_any_snapshot_gives_the_same_row()
    {
        var changes = Gen.Choose(0, 3).ArrayOf(8);
        foreach (var (kinds, trim) in changes.Zip(Gen.Choose(0, 9)).Sample(300, 10).Select(t => (t.Item1, t.Item2)))
        {
            var state = State();
            var versions = new List<Execution?> { null };
            for (var position = 1; position <= kinds.Length + 1; position++)
            {
                var before = versions[^1];
                var step = before is null ? new Changes().Create(New(1) with { Id = Epoch }) : kinds[position - 2] switch
                {
                    0 => new Changes().Update(before, before with { Comment = $"{position}" }),
                    1 => new Changes().Update(before, before with { Quality = before.Quality == Quality.Good ? Quality.Bad : Quality.Good }),
                    2 => new Changes().Update(before, before with { MeanPwvMm = position }),
                    _ => new Changes().Update(before, before with { ObsUnitId = position }),
                };
                var entry = At(position, step);
                state.Append(entry);
                versions.Add(before is null
                ? (Execution)step.Stamped(step.Decided.Single().After)
                : (Execution)Execution.Table.Fold(before, entry.Steps[0].Rows[0].Row!.Value, entry.Id));
            }
            state.TrimTo(trim);
            for (var snapshot = trim; snapshot < versions.Count; snapshot++)
            {
                for (var cut = snapshot; cut < versions.Count; cut++)
                    Assert.That(Fold(state, Epoch, versions[snapshot], snapshot, cut), Is.EqualTo(versions[cut]),
                        $"{string.Join(',', kinds)} trimmed {trim} snapshot {snapshot} cut {cut}");
            }
        }
    }

    /// <summary>What every database has may leave the log before an overlay, which reads it when it is asked, has seen it.</summary>
    [Test]
    public void A_user_s_share_counts_only_what_is_pending_where_entries_left_the_log_unread()
    {
        var state = State();
        void Append(params long[] positions)
        {
            foreach (var position in positions)
                state.Append(At(position, new Changes().Create(New(1))) with { LogBytes = 100 * position });
        }

        Append(1, 2, 3, 7, 8, 9);
        Assert.That(state.LoadOf(new("observer"), 0), Is.EqualTo((6, 400L)), "of the first and of the seventh the bytes are not known");
        Assert.That(state.LoadOf(new("observer"), 8), Is.EqualTo((1, 100L)));
        Assert.That(state.LoadOf(new("somebody"), 8), Is.EqualTo((0, 0L)));
        state.TrimTo(7);
        Assert.That(state.LoadOf(new("observer"), 11), Is.EqualTo((0, 0L)), "the hint may be ahead of what was read");
        Append(10, 11, 12);
        Assert.That(state.LoadOf(new("observer"), 11), Is.EqualTo((1, 100L)));
        state.TrimTo(12);
        Assert.That(state.LoadOf(new("observer"), 0), Is.EqualTo((0, 0L)), "the replica has it");
    }

    private static OverlayState State() => new(Epoch, 0, new Dictionary<string, Table> { [Execution.Table.Name] = Execution.Table });

    private static Execution? Fold(OverlayState state, Guid id, Execution? row, long snapshot, long cut) =>
        state.Fold(Execution.Table, id.ToString(), row, snapshot, new(state, cut, null, 0, null)) is Execution folded ? folded with { Sync = null } : null;

    private static Execution New(int unit) => new() { Id = Guid.CreateVersion7(), ObsUnitId = unit, StartTime = Night };

    private static Transaction At(long position, Changes changes)
    {
        var id = Guid.CreateVersion7();
        var steps = changes.Stamp(new("observer"), Night, id);
        return new(id, "observatory", "test", 1, new("observer"), Night, null, null, null, steps) { Position = new(Epoch, position) };
    }
}
