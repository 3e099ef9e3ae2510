using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class TransitionsTests
{
    [FsCheck.NUnit.Property]
    public bool An_execution_moves_from_running_to_an_end_and_nowhere_else(ExecutionStatus from, ExecutionStatus to) =>
        Execution.Transitions.Allows(from, to) == (from == ExecutionStatus.Running && to != ExecutionStatus.Running);

    [Test]
    public void A_refused_move_names_the_state_and_the_moves_that_it_allows()
    {
        var refused = Assert.Throws<RefusalException>(() => Execution.Transitions.Require(ExecutionStatus.Running, ExecutionStatus.Running))!;
        Assert.That(refused.Problem, Is.EqualTo(Problems.StateConflict));
        Assert.That(refused.Message, Is.EqualTo("The execution is running and cannot become running; it can become completed, aborted, failed."));
    }

    [Test]
    public void An_end_allows_no_move() =>
        Assert.That(Assert.Throws<RefusalException>(() => Execution.Transitions.Require(ExecutionStatus.Failed, ExecutionStatus.Running))!.Message,
            Does.EndWith("no move is possible from there."));
}
