using OpsDb.DataApi;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class ProblemTests
{
    /// <summary>What is tried again by itself depends on it.</summary>
    [Test]
    public void A_problem_is_either_an_outage_or_a_refusal()
    {
        foreach (var problem in ApiComponents.Contributions<ProblemSet>().SelectMany(s => s.Problems))
        {
            var isOutage = problem.Kind == ProblemKind.Unavailable;
            Assert.That(() => new OutageException(problem, ""), isOutage ? Throws.Nothing : Throws.ArgumentException, problem.Code);
            Assert.That(() => new RefusalException(problem, ""), isOutage ? Throws.ArgumentException : Throws.Nothing, problem.Code);
        }
    }
}
