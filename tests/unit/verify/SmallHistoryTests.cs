using static OpsDb.UnitTests.Verify.SmallHistory;

namespace OpsDb.UnitTests.Verify;

/// <summary>What a correct installation may show although it looks wrong at first, each with what it must not be taken for.</summary>
public sealed class SmallHistoryTests : SmallHistoryFixture
{
    [TestCase("priority", 2, true, TestName = "A_row_that_moved_to_a_page_that_had_been_read_may_be_missing_in_the_list")]
    [TestCase("title", 2, false, TestName = "A_row_that_kept_its_place_while_pages_were_followed_must_be_in_the_list")]
    [TestCase("priority", 1, false, TestName = "A_row_that_moved_within_the_one_page_of_a_list_must_be_in_it")]
    public void A_row_that_moved_while_a_list_was_read(string changed, int pages, bool mayMiss)
    {
        var after = changed == "priority" ? "\"priority\":9,\"title\":0" : "\"priority\":1,\"title\":9";
        Run.Write("observatory/1", 10, 20, "create", "a", "\"priority\":1,\"title\":0", "t1", Row("a", 1, "t1", "\"priority\":1,\"title\":0"), First);
        Run.Write("observatory/1", 120, 130, "update", "a", $"\"{changed}\":9", "t2", Row("a", 2, "t2", after), Second);
        Run.Call("observatory/2", 100, 200, $$"""
            "list":{"entity":"notes","sort":"-priority"},"answer":{"rows":[],"pages":{{pages}},"more":false}
            """);
        Run.Applied("observatory", "t1", First);
        Run.Applied("observatory", "t2", Second);
        Run.Ends(Row("a", 2, "t2", after));
        Run.ExpectFoundUnless(mayMiss, "list-missing: A list does not show notes/a");
    }

    [Test]
    public void A_given_row_that_two_sites_wrote_may_be_shown_as_it_was_given()
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        // The answer that gave it did not name the transaction that made it; a read does.
        Run.Call("observatory/1", 10, 20, $$"""
            "read":{"entity":"notes","id":"a"},"answer":{"rows":[{{Row("a", 1, "loaded before the run", "\"title\":0,\"text\":0")}}]}
            """);
        WriteAtBothSites();
        Run.ExpectProven();
    }

    [Test]
    public void A_given_row_that_two_sites_wrote_is_not_shown_with_a_version_that_nobody_made()
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        Run.Call("observatory/1", 10, 20, $$"""
            "read":{"entity":"notes","id":"a"},"answer":{"rows":[{{Row("a", 2, "of nobody")}}]}
            """);
        WriteAtBothSites();
        Run.ExpectFound("versions: A call shows version 2 of notes/a");
    }

    [Test]
    public void What_a_row_that_two_sites_wrote_holds_is_known_only_where_a_list_tells_it()
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        WriteAtBothSites();
        // Applied on main it holds both changes; the site had acknowledged it with its own alone.
        Run.Call("main/1", 300, 310, $$"""
            "list":{"entity":"notes","filter":{"title":5} },"answer":{"rows":[{{Row("a", 3, "site")}}]}
            """);
        Run.ExpectProven();
    }

    [TestCase(2, 1, 2, true)]
    [TestCase(2, 2, 2, false)]
    [TestCase(2, 2, 1, false)]
    [TestCase(1, 1, 2, false)]
    public void A_row_that_a_list_shows_twice_has_changed_between_two_pages_only_at_a_newer_version(int pages, int first, int second, bool mayShow)
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":5", "t1", Row("a", 2, "t1", "\"title\":5,\"text\":0"), First);
        // The site's change, which is older by the site's clock, is applied on main while the list is read there.
        Run.Call("main/1", 300, 310, $$"""
            "list":{"entity":"notes","sort":"-title"},"answer":{"pages":{{pages}},"more":false,
            "rows":[{{Row("a", first, first == 1 ? null : "t1")}},{{Row("a", second, second == 1 ? null : "t1")}}]}
            """);
        Run.Applied("observatory", "t1", First);
        Run.Ends(Row("a", 2, "t1", "\"title\":5,\"text\":0"));
        Run.ExpectFoundUnless(mayShow, "list-twice: One list shows notes/a twice");
    }

    [Test]
    public void A_list_that_tells_what_its_filter_excludes_is_found_also_where_two_sites_wrote_the_row()
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        WriteAtBothSites();
        Run.Call("main/1", 300, 310, $$"""
            "list":{"entity":"notes","filter":{"title":5} },"answer":{"rows":[{{Row("a", 3, "site", "\"title\":6")}}]}
            """);
        Run.ExpectFound("list-filter: A list shows notes/a");
    }

    [TestCase(null, true)]
    [TestCase("\"title\":3", true)]
    [TestCase("\"title\":9", false)]
    public void Where_a_list_ends_at_a_row_that_two_sites_wrote_only_the_list_itself_tells(string? shown, bool mayMiss)
    {
        Run.Given("a", "\"title\":0,\"text\":0");
        Run.Given("b", "\"title\":4,\"text\":0");
        // By its acknowledgement the last row comes after the one that is missing; by what main holds it need not.
        Run.Write("observatory/1", 100, 110, "update", "a", "\"text\":5", "site", Row("a", 2, "site", "\"title\":8,\"text\":5"), First);
        Run.Write("main/1", 120, 130, "update", "a", "\"title\":3", "main", Row("a", 2, "main", "\"title\":3,\"text\":0"));
        Run.Call("main/1", 300, 310, $$"""
            "list":{"entity":"notes","sort":"title"},"answer":{"rows":[{{Row("a", 3, "site", shown)}}],"more":true}
            """);
        Run.Applied("main", "main");
        Run.Applied("observatory", "site", First);
        Run.Ends(Row("a", 3, "site", "\"title\":3,\"text\":5"));
        Run.Ends(Row("b", 1, null, "\"title\":4,\"text\":0"));
        Run.ExpectFoundUnless(mayMiss, "list-missing: A list does not show notes/b");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_write_of_unknown_outcome_whose_id_the_site_makes_is_known_by_the_ledger(bool isInLedger)
    {
        Run.Call("observatory/1", 10, 20, """
            "key":"key of t1","writes":[{"entity":"notes","action":"create","set":{"title":1}}]
            """, "unknown");
        // Somebody has written notes, so that each of them must have a maker.
        Run.Write("observatory/1", 30, 40, "create", "b", "\"title\":2", "t2", Row("b", 1, "t2", "\"title\":2"), Second);
        if (isInLedger)
            Run.Applied("observatory", "t1", $$"""{{First}},"entity":"notes","answer":{"rows":[{{Row("a", 1, "t1", "\"title\":1")}}]}""");
        Run.Applied("observatory", "t2", Second);
        Run.Ends(Row("a", 1, "t1", "\"title\":1"));
        Run.Ends(Row("b", 1, "t2", "\"title\":2"));
        Run.ExpectFoundUnless(isInLedger, "applied-twice: Main has notes/");
    }

    [Test]
    public void A_repeated_answer_comes_with_the_epoch_of_the_repetition()
    {
        const string write = """
            "key":"key of t1","writes":[{"entity":"notes","id":"a","action":"create","set":{"title":1}}]
            """;
        Run.Call("observatory/1", 10, 20, write, "unknown");
        Run.Call("observatory/1", 100, 110, $$"""
            {{write}},"answer":{"transaction":"t1","epoch":"second","position":1,"replayed":true,"rows":[{{Row("a", 1, "t1", "\"title\":1")}}]}
            """);
        Run.Applied("observatory", "t1", First);
        Run.Ends(Row("a", 1, "t1", "\"title\":1"));
        Run.ExpectProven();
    }

    [Test]
    public void A_request_that_found_everything_as_it_wanted_it_has_changed_nothing()
    {
        Run.Write("observatory/1", 10, 20, "create", "a", "\"title\":1", "t1", Row("a", 1, "t1", "\"title\":1"), First);
        Run.Call("observatory/1", 30, 40, $$"""
            "key":"another","writes":[{"entity":"notes","id":"a","action":"update","set":{"title":1} }],
            "answer":{"rows":[{{Row("a", 1, "t1", "\"title\":1")}}]}
            """);
        Run.Applied("observatory", "t1", First);
        Run.Ends(Row("a", 1, "t1", "\"title\":1"));
        Run.ExpectProven();
    }

    [Test]
    public void A_request_that_changed_nothing_is_not_in_doubt_because_its_repetition_is()
    {
        const string idle = """
            "key":"key of idle","writes":[{"entity":"notes","id":"a","action":"update","set":{"title":2} }]
            """;
        Run.Write("main/1", 1, 2, "create", "a", "\"title\":1", "t1", Row("a", 1, "t1", "\"title\":1"));
        Run.Write("observatory/1", 10, 20, "update", "a", "\"title\":2", "t2", Row("a", 2, "t2", "\"title\":2"), First);
        Run.Call("observatory/1", 30, 40, $$"""{{idle}},"answer":{"transaction":"idle",{{Second}},"rows":[{{Row("a", 2, "t2", "\"title\":2")}}]}""");
        Run.Call("observatory/1", 50, 60, idle, "unknown");
        Run.Applied("main", "t1");
        Run.Applied("observatory", "t2", First);
        Run.Applied("observatory", "idle", Second);
        Run.Ends(Row("a", 2, "t2", "\"title\":2"));
        Run.ExpectProven();
    }

    [Test]
    public void A_position_that_was_used_again_is_no_mistake_where_the_epoch_change_names_it()
    {
        UseAPositionTwice("\"missing_position\":1,");
        Run.ExpectProven();
        Assert.That(Run.Output, Does.Contain(" 1 declared lost"));
    }

    [Test]
    public void A_position_that_was_used_again_is_found_where_the_epoch_change_does_not_name_it()
    {
        // Without the first missing position a change names what lies beyond the fork.
        UseAPositionTwice("");
        Run.ExpectFound("position-reused: Position 1 of epoch first of observatory was given to two transactions");
        Assert.That(Run.Output, Does.Contain(
            "lost-write: An acknowledged write is not on main: notes/a version 1 is not there "
                + "(a fault may have lost it, but no epoch change names its position 1)."));
    }

    [Test]
    public void A_named_position_excuses_only_the_write_that_is_missing()
    {
        UseAPositionTwice("\"missing_position\":1,");
        Run.Write("observatory/2", 60, 70, "create", "c", "\"title\":3", "t3", Row("c", 1, "t3", "\"title\":3"), First);
        Run.Applied("observatory", "t3", First);
        Run.Ends(Row("c", 1, "t3", "\"title\":3"));
        Run.ExpectFound("position-reused: Position 1 of epoch first of observatory was given to two transactions");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_request_that_changed_nothing_is_remembered_unless_the_log_has_lost_it(bool lost)
    {
        Run.Write("observatory/1", 1, 2, "create", "b", "\"title\":2", "t2", Row("b", 1, "t2", "\"title\":2"), First);
        Run.Call("observatory/1", 3, 4, $$"""
            "key":"k","writes":[{"entity":"notes","id":"b","action":"update","set":{"title":2} }],
            "answer":{"transaction":"idle","rows":[{{Row("b", 1, "t2", "\"title\":2")}}]}
            """);
        Run.Applied("observatory", "t2", First);
        Run.Ends(Row("b", 1, "t2", "\"title\":2"));
        if (lost)
            LoseTheLog();
        Run.ExpectFoundUnless(lost, "ledger: A write is on main and not in its ledger, or changed nothing and is not noted there.");
    }

    /// <summary>Each site changes another field on the version that was given; main holds both at the end.</summary>
    private void WriteAtBothSites()
    {
        Run.Write("observatory/1", 100, 110, "update", "a", "\"text\":5", "site", Row("a", 2, "site", "\"title\":0,\"text\":5"), First);
        Run.Write("main/1", 120, 130, "update", "a", "\"title\":5", "main", Row("a", 2, "main", "\"title\":5,\"text\":0"));
        Run.Applied("main", "main");
        Run.Applied("observatory", "site", First);
        Run.Ends(Row("a", 3, "site", "\"title\":5,\"text\":5"));
    }

    /// <summary>
    /// Redis came back without the entry that one process had stored, and another process stored the next one at its position before the
    /// first one asked and the epoch was changed.
    /// </summary>
    private void UseAPositionTwice(string missing)
    {
        Run.Write("observatory/1", 10, 20, "create", "a", "\"title\":1", "t1", Row("a", 1, "t1", "\"title\":1"), First);
        Run.Fault("""{"fault":"older-redis-file","target":"observatory/redis","begin":25,"end":30,"may_lose":"log"}""");
        Run.Write("observatory/2", 40, 50, "create", "b", "\"title\":2", "t2", Row("b", 1, "t2", "\"title\":2"), First);
        Run.Applied("observatory", "t2", "\"epoch\":\"second\",\"position\":1");
        Run.Ends(Row("b", 1, "t2", "\"title\":2"));
        BeginAnew($"\"applied_position\":0,{missing}\"seen_position\":1");
    }

    /// <summary>Redis came back empty after main had applied its first entry.</summary>
    private void LoseTheLog()
    {
        Run.Fault("""{"fault":"empty-redis","target":"observatory/redis","begin":25,"end":30,"may_lose":"log"}""");
        BeginAnew("\"applied_position\":1,\"seen_position\":2");
    }

    /// <summary>The site's log goes on in its second epoch, which has one entry.</summary>
    /// <param name="known">What the databases know of the end of the first one; JSON without the braces.</param>
    private void BeginAnew(string known)
    {
        foreach (var place in (string[])["main", "observatory"])
        {
            Run.Final($$"""
                {"t":"watermark","at":"{{place}}","site":"observatory","epoch":"second","position":1,"transaction":"t2",
                "previous_epoch":"first","fork_position":1,{{known}},"acknowledged":false}
                """);
        }
        Run.Final("""{"t":"stream","site":"observatory","epoch":"second","last":1}""");
        Run.Final("""{"t":"health","site":"observatory","status":"degraded"}""");
    }
}
