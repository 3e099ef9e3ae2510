using static OpsDb.UnitTests.Verify.SmallHistory;

namespace OpsDb.UnitTests.Verify;

/// <summary>What becomes of writes that meet others of another site, and of one id that was given twice.</summary>
public sealed class MeetingRulesTests : SmallHistoryFixture
{
    [TestCase("\"text\":7", "\"text\":7,\"title\":5", false, TestName = "A_follower_that_rests_on_nothing_of_a_discarded_write_is_not_refused")]
    [TestCase("\"title\":7", "\"text\":0,\"title\":7", true, TestName = "A_follower_that_rests_on_a_field_of_a_discarded_write_may_be_refused")]
    public void A_follower_of_a_discarded_write(string set, string fields, bool mayFail)
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":5", "t1", Row("a", 2, "t1", "\"title\":5,\"text\":0"), First);
        Run.Write("main/1", 15, 25, "update", "a", "\"title\":6", "t2", Row("a", 2, "t2", "\"title\":6,\"text\":0"));
        Run.Write("observatory/2", 30, 40, "update", "a", set, "t3", Row("a", 3, "t3", fields), Second);
        Run.Final($$"""{"t":"applied","id":"t1","site":"observatory","key":"key of t1","outcome":"discarded",{{First}}}""");
        Run.Final("""{"t":"intervention","transaction":"t1","action":"discard"}""");
        Run.Applied("main", "t2");
        Run.Final($$"""{"t":"applied","id":"t3","site":"observatory","key":"key of t3","outcome":"failed",{{Second}}}""");
        Run.Final("""{"t":"held","id":"t3","site":"observatory","outcome":"failed"}""");
        Run.Ends(Row("a", 2, "t2", "\"title\":6,\"text\":0"));
        Run.ExpectFoundUnless(mayFail, "failed-without-cause: A write of notes/");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_is_parked_waits_behind_something_that_failed(bool isThere)
    {
        Run.Given("a", "\"title\":0");
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":5", "t1", Row("a", 2, "t1", "\"title\":5"), First);
        Run.Write("main/1", 15, 25, "update", "a", "\"title\":6", "t2", Row("a", 2, "t2", "\"title\":6"));
        Run.Write("observatory/2", 30, 40, "update", "a", "\"title\":7", "t3", Row("a", 3, "t3", "\"title\":7"), Second);
        Run.Final($$"""{"t":"applied","id":"t1","site":"observatory","key":"key of t1","outcome":"{{(isThere ? "failed" : "discarded")}}",{{First}}}""");
        Run.Final(isThere
            ? """{"t":"held","id":"t1","site":"observatory","outcome":"failed"}"""
            : """{"t":"intervention","transaction":"t1","action":"discard"}""");
        Run.Applied("main", "t2");
        Run.Final($$"""{"t":"applied","id":"t3","site":"observatory","key":"key of t3","outcome":"parked",{{Second}}}""");
        Run.Final("""{"t":"held","id":"t3","site":"observatory","outcome":"parked"}""");
        Run.Ends(Row("a", 2, "t2", "\"title\":6"));
        Run.ExpectFoundUnless(isThere, "failed-without-cause: 1 writes of observatory are parked, and none is failed");
    }

    [TestCase("applied", 2, false)]
    [TestCase("failed", 1, true)]
    public void A_change_of_a_row_that_main_has_never_had_does_not_change_the_one_with_its_id(string outcome, int version, bool isRight)
    {
        const string here = "\"created_at\":\"2026-11-21T03:00:00.000001Z\"", there = "\"created_at\":\"2026-11-21T03:00:00.000002Z\"";
        Run.Write("observatory/1", 10, 20, "create", "a", "\"title\":1", "t1", Row("a", 1, "t1", $"\"title\":1,\"text\":0,{here}"), First);
        Run.Write("main/1", 15, 25, "create", "a", "\"title\":2", "t2", Row("a", 1, "t2", $"\"title\":2,\"text\":0,{there}"));
        Run.Write("observatory/2", 30, 40, "update", "a", "\"text\":7", "t3", Row("a", 2, "t3", $"\"title\":1,\"text\":7,{here}"), Second);
        Run.Final($$"""{"t":"applied","id":"t1","site":"observatory","key":"key of t1","outcome":"discarded",{{First}}}""");
        Run.Final("""{"t":"intervention","transaction":"t1","action":"discard"}""");
        Run.Applied("main", "t2");
        Run.Final($$"""{"t":"applied","id":"t3","site":"observatory","key":"key of t3","outcome":"{{outcome}}",{{Second}}}""");
        if (outcome == "failed")
            Run.Final("""{"t":"held","id":"t3","site":"observatory","outcome":"failed"}""");
        Run.Ends(Row("a", version, outcome == "failed" ? "t2" : "t3", $"\"title\":2,\"text\":{(outcome == "failed" ? 0 : 7)}"));
        Run.ExpectFoundUnless(isRight, "other-creation: A write of notes/a was applied that had been made to a row which main has never had");
    }
}
