using static OpsDb.UnitTests.Verify.SmallHistory;

namespace OpsDb.UnitTests.Verify;

/// <summary>A site that has said what became of a transaction does not say otherwise later, at whichever process.</summary>
public sealed class AnswerRulesTests : SmallHistoryFixture
{
    [TestCase("failed")]
    [TestCase("parked")]
    [TestCase("buffered")]
    [TestCase("applied")]
    [TestCase("duplicate")]
    public void A_status_that_contradicts_an_answer_of_the_other_process_is_found(string state)
    {
        Discarded();
        Run.Ask("observatory/2", 220, 230, "transaction", "t1", Said("t1", state));
        Run.ExpectFound(
            $"contradicted: A call says that a transaction is {state}, which the site had said is discarded, "
            + "said 10 µs before by observatory/1 (this is observatory/2).");
    }

    [Test]
    public void A_list_of_failed_ones_that_still_has_what_was_discarded_is_found()
    {
        Discarded();
        Run.Ask("observatory/2", 220, 230, "held", "", Said("t1", "failed"));
        Run.ExpectFound("contradicted: A call says that a transaction is failed");
    }

    [TestCase("failed")]
    [TestCase("applied")]
    public void A_row_whose_newest_change_was_given_up_is_found(string state)
    {
        Discarded();
        Run.Call("observatory/2", 220, 230, $$"""
            "read":{"entity":"notes","id":"a"},"answer":{"rows":[{{Row("a", 2, "t1", null, state)}}]}
            """);
        Run.ExpectFound($"contradicted: A call shows notes/");
    }

    [Test]
    public void A_site_that_knows_nothing_of_what_it_has_told_is_found()
    {
        Discarded();
        Run.Ask("observatory/2", 220, 230, "transaction", "t1", "");
        Run.ExpectFound("contradicted: A call knows nothing of a transaction");
    }

    [TestCase(1, 0, false)]
    [TestCase(1, 5, false)]
    [TestCase(1, 20, true)]
    [TestCase(0, 0, true)]
    public void A_count_of_what_is_settled_is_found_unless_it_may_be_as_old(int failed, long age, bool isRight)
    {
        Discarded();
        Count(220, failed, age);
        Expect(isRight);
    }

    [Test]
    public void A_ledger_that_says_otherwise_is_found()
    {
        Discarded("failed");
        Run.Final("""{"t":"held","id":"t1","site":"observatory","outcome":"failed"}""");
        Run.ExpectFound("contradicted: A call at observatory was told that a transaction is discarded, and in the ledger it is failed.");
    }

    [TestCase("replicated", true)]
    [TestCase("applied", true)]
    [TestCase("buffered", false)]
    [TestCase("discarded", false)]
    public void What_is_applied_may_be_replicated_and_nothing_else(string state, bool isRight)
    {
        Run.Given("a", "\"title\":0");
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":5", "t1", Row("a", 2, "t1", "\"title\":5"), First);
        Run.Call("observatory/1", 30, 40, $$"""
            "read":{"entity":"notes","id":"a"},"answer":{"rows":[{{Row("a", 2, "t1", null, "applied")}}]}
            """);
        Run.Ask("observatory/2", 50, 60, "transaction", "t1", Said("t1", state));
        Run.Applied("observatory", "t1", First);
        Run.Ends(Row("a", 2, "t1", "\"title\":5"));
        Expect(isRight);
    }

    [Test]
    public void What_was_said_before_an_answer_or_while_it_came_or_at_another_site_or_says_that_it_is_stale_is_no_contradiction()
    {
        Discarded();
        Run.Ask("observatory/2", 205, 215, "transaction", "t1", Said("t1", "failed"));
        Count(205, 1);
        Run.Ask("main/1", 220, 230, "transaction", "t1", Said("t1", "failed"));
        Run.Ask("observatory/2", 220, 230, "transaction", "t1", Said("t1", "parked"), ",\"stale\":true");
        Run.ExpectProven();
        Assert.That(Run.Output, Does.Contain("answers  6 about transactions"));
    }

    [TestCase(200, true)]
    [TestCase(100, false)]
    public void A_promoted_standby_may_lack_what_an_operator_was_told(long end, bool mayLack)
    {
        Run.Fault($$"""{"fault":"failover","target":"main/primary","begin":90,"end":{{end + 15}},"may_lose":"main"}""");
        Discarded();
        Run.Ask("observatory/2", 250, 260, "transaction", "t1", Said("t1", "failed"));
        Expect(mayLack);
    }

    /// <summary>The site's change is refused by main, and given up at the site.</summary>
    private void Discarded(string outcome = "discarded")
    {
        Run.Given("a", "\"title\":0");
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":5", "t1", Row("a", 2, "t1", "\"title\":5"), First);
        Run.Write("main/1", 15, 25, "update", "a", "\"title\":6", "t2", Row("a", 2, "t2", "\"title\":6"));
        Run.Ask("observatory/2", 100, 110, "held", "", Said("t1", "failed"));
        Run.Ask("observatory/1", 200, 210, "intervention", "t1", Said("t1", "discarded"), "");
        Run.Final($$"""{"t":"applied","id":"t1","site":"observatory","key":"key of t1","outcome":"{{outcome}}",{{First}}}""");
        Run.Final("""{"t":"intervention","transaction":"t1","action":"discard"}""");
        Run.Applied("main", "t2");
        Run.Ends(Row("a", 2, "t2", "\"title\":6"));
    }

    private void Count(long invoke, int failed, long age = 0) => Run.Call("observatory/2", invoke, invoke + 10, $$"""
        "ask":{"about":"health","age":{{age}} },"answer":{"counts":{"failed":{{failed}},"parked":0} }
        """);

    private static string Said(string transaction, string state) => $$"""{"transaction":"{{transaction}}","state":"{{state}}"}""";

    private void Expect(bool isRight)
    {
        Run.ExpectFoundUnless(isRight, "contradicted: ");
    }
}
