namespace OpsDb.UnitTests.Verify;

/// <summary>Each test writes down a history of its own and has it checked.</summary>
public abstract class SmallHistoryFixture
{
    /// <summary>The first two places in the site's log; JSON without the braces.</summary>
    protected const string First = "\"epoch\":\"first\",\"position\":1", Second = "\"epoch\":\"first\",\"position\":2";

    private protected SmallHistory Run { get; } = new();

    [TearDown]
    public void Remove() => Run.Dispose();
}
