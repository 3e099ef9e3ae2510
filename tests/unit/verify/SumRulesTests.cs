using System.Globalization;

namespace OpsDb.UnitTests.Verify;

/// <summary>Sums of how long rows last, while one of them is written.</summary>
public sealed class SumRulesTests : SmallHistoryFixture
{
    private const string Note = "0193a000-0000-7000-8000-000000000021";
    private const string Sum = """
        "sum":{"entity":"notes","from":"begun","to":"ended","filter":{"status":["done"]}}
        """;

    /// <summary>A note of a minute is begun, and ended at a site whose main hears of it later.</summary>
    [SetUp]
    public void WriteDown()
    {
        Run.Given(Note, Fields("open", "null"));
        Run.Write("observatory/1", 100, 200, "update", Note, "\"status\":\"done\",\"ended\":\"2026-03-01T02:01:00Z\"", "t1",
            SmallHistory.Row(Note, 2, "t1", Fields("done", "\"2026-03-01T02:01:00Z\"")), First);
        Run.Applied("observatory", "t1", First);
        Run.Ends(SmallHistory.Row(Note, 2, "t1", Fields("done", "\"2026-03-01T02:01:00Z\"")));
    }

    [TestCase("observatory/1", 300, 60, true, TestName = "What the site has acknowledged counts")]
    [TestCase("observatory/2", 300, 0, false, TestName = "A sum that lacks what is pending is found")]
    [TestCase("observatory/2", 300, 120, false, TestName = "A sum that counts it twice is found")]
    [TestCase("observatory/2", 150, 0, true, TestName = "While it is written it may count or not")]
    [TestCase("observatory/2", 150, 60, true, TestName = "While it is written it may count already")]
    [TestCase("observatory/2", 50, 60, false, TestName = "Before it is written it does not count")]
    [TestCase("main/1", 300, 0, true, TestName = "Main may not have heard of it")]
    public void A_sum_is_of_what_may_be_shown(string process, long invoke, int seconds, bool isRight)
    {
        Run.Call(process, invoke, invoke + 10, string.Create(CultureInfo.InvariantCulture, $$"""{{Sum}},"answer":{"seconds":{{seconds}}}"""));
        Run.ExpectFoundUnless(isRight, string.Create(CultureInfo.InvariantCulture, $"sum: A call at {process} sums {seconds} s of notes, which is not from "));
    }

    [TestCase(60, true, TestName = "What the site has acknowledged and main refused may be shown")]
    [TestCase(70, true, TestName = "What main refused may be shown on top of what main has")]
    [TestCase(80, false, TestName = "More than both together is found")]
    public void A_row_that_two_sites_began_and_one_has_ended(int seconds, bool isRight)
    {
        const string twin = "0193a000-0000-7000-8000-000000000022", here = "\"begun\":\"2026-03-01T02:00:10Z\"", there = "\"begun\":\"2026-03-01T02:00:00Z\"";
        const string ended = "\"ended\":\"2026-03-01T02:01:10Z\"";
        Run.Write("observatory/1", 210, 220, "create", twin, $"\"status\":\"open\",{here}", "t2",
            SmallHistory.Row(twin, 1, "t2", $"\"status\":\"open\",{here},\"ended\":null"), Second);
        Run.Write("main/1", 215, 225, "create", twin, $"\"status\":\"open\",{there}", "t3",
            SmallHistory.Row(twin, 1, "t3", $"\"status\":\"open\",{there},\"ended\":null"));
        Run.Write("observatory/1", 230, 240, "update", twin, $"\"status\":\"done\",{ended}", "t4",
            SmallHistory.Row(twin, 2, "t4", $"\"status\":\"done\",{here},{ended}"), "\"epoch\":\"first\",\"position\":3");
        foreach (var (transaction, position) in ((string, string)[])[("t2", Second), ("t4", "\"epoch\":\"first\",\"position\":3")])
        {
            Run.Final($$"""{"t":"applied","id":"{{transaction}}","site":"observatory","key":"key of {{transaction}}","outcome":"failed",{{position}}}""");
            Run.Final($$"""{"t":"held","id":"{{transaction}}","site":"observatory","outcome":"failed"}""");
        }
        Run.Applied("main", "t3");
        Run.Ends(SmallHistory.Row(twin, 1, "t3", $"\"status\":\"open\",{there},\"ended\":null"));
        Run.Call("observatory/1", 300, 310, string.Create(CultureInfo.InvariantCulture, $$"""{{Sum}},"answer":{"seconds":{{60 + seconds}}}"""));
        Run.ExpectFoundUnless(isRight,
            string.Create(CultureInfo.InvariantCulture, $"sum: A call at observatory/1 sums {60 + seconds} s of notes, which is not from "));
    }

    private static string Fields(string status, string ended) => $"\"status\":\"{status}\",\"begun\":\"2026-03-01T02:00:00Z\",\"ended\":{ended}";
}
