using System.Text.Json;
using Npgsql;
using OpsDb.Database;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Database;

public sealed class ExecutorTests : DatabaseFixture
{
    [Test]
    public async Task A_created_row_is_read_back_as_it_was_stamped()
    {
        var row = Running() with { Comment = "ä \"quoted\" \\ 🔭", MeanPwvMm = 0.1 + 0.2 };
        var changes = new Changes().Create(row);
        var transaction = Transaction(changes);
        await ExecuteAsync(transaction);
        var stamped = (Execution)changes.Stamped(row);
        Assert.That(await ReadAsync(row.Id) with { Sync = null }, Is.EqualTo(stamped with { Sync = null }));
        Assert.That(await Installation.MainAsync<string>("select outcome from applied_transaction where id = @id", new { id = transaction.Id }),
            Is.EqualTo("applied"));
    }

    [Test]
    public async Task Changes_of_different_fields_merge()
    {
        var row = await CreatedAsync();
        var comment = Transaction(new Changes().Update(row, row with { Comment = "mine" }));
        var quality = Transaction(new Changes().Update(row, row with { Quality = Quality.Good }));
        await ExecuteAsync(comment);
        await ExecuteAsync(quality);
        var merged = await ReadAsync(row.Id);
        Assert.That((merged.Comment, merged.Quality, merged.Version), Is.EqualTo(("mine", (Quality?)Quality.Good, 3)));
    }

    [Test]
    public async Task A_change_of_a_field_that_changed_meanwhile_is_a_conflict_and_changes_nothing()
    {
        var row = await CreatedAsync();
        await ExecuteAsync(Transaction(new Changes().Update(row, row with { Comment = "theirs" })));
        var other = Running();
        var late = Transaction(new Changes().Create(other).Update(row, row with { Comment = "mine" }));
        var conflict = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(late));
        Assert.That((conflict!.SqlState, conflict.TableName), Is.EqualTo((SqlState.RowConflict, "executed_obs_unit")));
        Assert.That((await ReadAsync(row.Id)).Comment, Is.EqualTo("theirs"));
        Assert.That(await ReadAsync(other.Id), Is.Null, "a transaction applies whole or not at all");
    }

    [Test]
    public async Task A_field_that_the_rule_read_is_compared_too()
    {
        var row = await CreatedAsync();
        await ExecuteAsync(Transaction(new Changes().Update(row, row with { Quality = Quality.Bad })));
        var late = Transaction(new Changes().Update(row, row with { Comment = "mine" }, e => e.Quality));
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(late)))!.SqlState, Is.EqualTo(SqlState.RowConflict));
    }

    [Test]
    public async Task A_state_move_merges_with_changes_that_it_does_not_rest_on()
    {
        var row = await CreatedAsync();
        await ExecuteAsync(Transaction(new Changes().Update(row, row with { Comment = "between" })));
        await ExecuteAsync(Transaction(new Changes().Update(row, row.End(ExecutionStatus.Completed, row.StartTime, row.StartTime, null))));
        var merged = await ReadAsync(row.Id);
        Assert.That((merged.Status, merged.Comment, merged.Version), Is.EqualTo((ExecutionStatus.Completed, "between", 3)));
        var second = Transaction(new Changes().Update(row, row.End(ExecutionStatus.Aborted, row.StartTime, row.StartTime, "wind")));
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(second)))!.SqlState, Is.EqualTo(SqlState.RowConflict),
            "of two moves from one state the first one counts");
    }

    [Test]
    public async Task A_change_of_a_row_is_not_made_to_another_one_that_got_its_id()
    {
        var row = await CreatedAsync();
        var other = Transaction(new Changes().Update(row with { CreatedAt = row.CreatedAt.AddMilliseconds(-1) }, row with { Comment = "of another" }));
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other)))!.SqlState, Is.EqualTo(SqlState.RowConflict));
    }

    [Test]
    public async Task A_row_is_deleted_once_and_no_other_that_got_its_id()
    {
        var row = await CreatedAsync();
        var other = Transaction(new Changes().Delete(row with { CreatedAt = row.CreatedAt.AddMilliseconds(-1) }));
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other)))!.SqlState, Is.EqualTo(SqlState.RowConflict));
        await ExecuteAsync(Transaction(new Changes().Update(row, row with { Comment = "between" })));
        await ExecuteAsync(Transaction(new Changes().Delete(row)));
        Assert.That(await ReadAsync(row.Id), Is.Null, "what a log carries merges with the change of another");
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Transaction(new Changes().Delete(row)))))!.SqlState,
            Is.EqualTo(SqlState.RowConflict));
    }

    [Test]
    public async Task A_transaction_applies_once()
    {
        var transaction = Transaction(new Changes().Create(Running()));
        await ExecuteAsync(transaction);
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(transaction)))!.SqlState, Is.EqualTo(SqlState.UniqueViolation));
    }

    [Test]
    public async Task A_key_of_an_actor_applies_once()
    {
        await ExecuteAsync(Transaction(new Changes().Create(Running()), "key"));
        var second = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Transaction(new Changes().Create(Running()), "key")));
        Assert.That(second!.ConstraintName, Is.EqualTo("applied_transaction_key"));
    }

    [Test]
    public async Task A_step_cannot_bring_SQL_in_by_a_name()
    {
        var evil = Json.ToElement(new Dictionary<string, object?> { ["comment = '', id"] = "x" });
        var step = new Step("executed_obs_unit", StepOperation.Update, [new(Guid.NewGuid().ToString(), evil, evil)]);
        var transaction = Transaction(new()) with { Steps = [step] };
        await Assert.ThrowsAsync<InvalidOperationException>(() => ExecuteAsync(transaction));
        await Assert.ThrowsAsync<InvalidOperationException>(() => ExecuteAsync(transaction with { Steps = [step with { Entity = "pg_class" }] }));
    }

    [Test]
    public async Task A_delete_compares_what_was_seen()
    {
        var row = await CreatedAsync();
        Step Delete(int version) => new("executed_obs_unit", StepOperation.Delete,
            [new(row.Id.ToString(), null, JsonSerializer.SerializeToElement(new { version }))]);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Transaction(new()) with { Steps = [Delete(7)] }));
        await ExecuteAsync(Transaction(new()) with { Steps = [Delete(1)] });
        Assert.That(await ReadAsync(row.Id), Is.Null);
    }

    private async Task<Execution> CreatedAsync()
    {
        var row = Running();
        await ExecuteAsync(Transaction(new Changes().Create(row)));
        return await ReadAsync(row.Id);
    }
}
