using OpsDb.Chaos;

namespace OpsDb.UnitTests.Chaos;

public sealed class ChaosCommandTests
{
    [TestCase("--faults kill-api,kil-redis", "--faults: kil-redis is not known; --faults list prints them.")]
    [TestCase("--minutes 0", "--minutes is above 0, up to 1440.")]
    [TestCase("--clients 3", "--clients is from 10 to 500.")]
    [TestCase("--pace -1", "--pace is from 0 to 60000 milliseconds.")]
    [TestCase("--out /proc", "--out is a folder that is empty or not there.")]
    public void A_wrong_argument_is_named(string arguments, string answer) =>
        Assert.That(Errors(arguments.Split(' ')), Is.EqualTo((string[])[answer]));

    [Test]
    public void Right_arguments_are_taken() =>
        Assert.That(Errors("--seed", "7", "--minutes", "0.5", "--faults", "kill-api, empty-redis", "--clients", "20", "--pace", "0"), Is.Empty);

    private static IEnumerable<string> Errors(params string[] arguments) =>
        ChaosCommand.Create(() => { }).Parse(arguments).Errors.Select(e => e.Message);
}
