using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class ListQueryTests
{
    private static readonly Execution Row = new()
    {
        Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001"),
        ObsUnitId = 7,
        StartTime = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Status = ExecutionStatus.Running,
    };

    [Test]
    public void A_list_that_asks_for_nothing_has_the_default_order_and_the_key_last()
    {
        var query = Parse();
        Assert.That(query.Limit, Is.EqualTo(100));
        Assert.That(query.Order.Select(o => (o.By.Column, o.Descending)), Is.EqualTo((ValueTuple<string, bool>[])[("start_time", true), ("id", true)]));
    }

    [TestCase("colour", "red", "is not a parameter of this list")]
    [TestCase("limit", "0", "is a whole number from 1 to 1000")]
    [TestCase("limit", "1001", "is a whole number from 1 to 1000")]
    [TestCase("limit", "ten", "is a whole number from 1 to 1000")]
    [TestCase("count", "yes", "is true or false")]
    [TestCase("after", "bm9uc2Vuc2U", "is not a cursor of this list in this order")]
    [TestCase("after", "%%%", "is not a cursor of this list in this order")]
    [TestCase("sort", "comment", "is a list of different ones of start_time")]
    [TestCase("sort", "status,-status", "is a list of different ones of start_time")]
    [TestCase("status", "asleep", "is one of running, completed, aborted, failed")]
    [TestCase("obs_unit_id", "1,x", "is a whole number, or up to 200 of them")]
    [TestCase("started_from", "2027-01-01T00:00:00", "is an instant like")]
    public void A_wrong_parameter_is_named_with_what_it_should_be(string name, string value, string reason)
    {
        var refused = Assert.Throws<RefusalException>(() => Parse((name, value)))!;
        Assert.That(refused.Problem, Is.EqualTo(Problems.MalformedParameter));
        Assert.That(refused.Errors[name].Single(), Does.StartWith(reason));
    }

    [Test]
    public void All_wrong_parameters_are_named_at_once() =>
        Assert.That(Assert.Throws<RefusalException>(() => Parse(("limit", "0"), ("colour", "red"), ("status", "x")))!.Errors.Keys,
            Is.EquivalentTo((string[])["limit", "colour", "status"]));

    [TestCase("-start_time")]
    [TestCase("status,-obs_unit_id")]
    [TestCase("id")]
    public void A_cursor_continues_after_its_row(string sort)
    {
        var query = Parse(("sort", sort), ("after", Parse(("sort", sort)).CursorAfter(Row)));
        Assert.That(query.After, Is.EqualTo(query.Order.Select(o => o.By.Value(Row))));
        Assert.That(query.IsAfterCursor(Row), Is.False);
    }

    // Clients keep cursors over a release. Computed by printf %s JSON | basenc --base64url, without the = at the end, of
    // ["-start_time,-id","2027-01-01T00:00:00Z","0198c0de-0000-7000-8000-000000000001"] and
    // ["status,-obs_unit_id,-id","running","7","0198c0de-0000-7000-8000-000000000001"].
    [TestCase("-start_time", "WyItc3RhcnRfdGltZSwtaWQiLCIyMDI3LTAxLTAxVDAwOjAwOjAwWiIsIjAxOThjMGRlLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSJd")]
    [TestCase("status,-obs_unit_id",
        "WyJzdGF0dXMsLW9ic191bml0X2lkLC1pZCIsInJ1bm5pbmciLCI3IiwiMDE5OGMwZGUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIl0")]
    public void The_form_of_a_cursor_is_the_same_in_every_release(string sort, string cursor)
    {
        Assert.That(Parse(("sort", sort)).CursorAfter(Row), Is.EqualTo(cursor));
        var read = Parse(("sort", sort), ("after", cursor));
        Assert.That(read.After, Is.EqualTo(read.Order.Select(o => o.By.Value(Row))));
    }

    [Test]
    public void A_cursor_of_another_order_is_refused()
    {
        var cursor = Parse(("sort", "start_time")).CursorAfter(Row);
        Assert.That(() => Parse(("sort", "-start_time"), ("after", cursor)), Throws.TypeOf<RefusalException>());
    }

    [Test]
    public void Rows_after_the_cursor_follow_the_direction_of_each_sort()
    {
        var query = Parse(("sort", "-start_time,obs_unit_id"), ("after", Parse(("sort", "-start_time,obs_unit_id")).CursorAfter(Row)));
        Assert.That(query.IsAfterCursor(Row with { StartTime = Row.StartTime.AddSeconds(-1) }), Is.True);
        Assert.That(query.IsAfterCursor(Row with { StartTime = Row.StartTime.AddSeconds(1) }), Is.False);
        Assert.That(query.IsAfterCursor(Row with { ObsUnitId = 8 }), Is.True);
        Assert.That(query.IsAfterCursor(Row with { ObsUnitId = 6 }), Is.False);
    }

    [TestCase("-start_time")]
    [TestCase("status,-obs_unit_id")]
    public void A_merge_gives_the_first_rows_of_both_in_order(string sort)
    {
        foreach (var limit in (int[])[1, 5, 40])
        {
            var query = Parse(("sort", sort), ("limit", $"{limit}")) with { After = Parse(("sort", sort)).Order.Select(o => o.By.Value(Row)).ToList() };
            var rows = Enumerable.Range(0, 30).Select(Some).ToList();
            var expected = rows.Where(query.IsAfterCursor).Order(Comparer<Execution>.Create(query.Compare)).Take(limit + 1);
            var page = rows[..10].Where(query.IsAfterCursor).Order(Comparer<Execution>.Create(query.Compare)).Take(limit + 1).ToList();
            var merge = new PageMerge<Execution>(query);
            rows[10..].ForEach(merge.Add);
            Assert.That(merge.With(page), Is.EqualTo(expected));
            Assert.That(merge.Matching, Is.EqualTo(20));
        }

        static Execution Some(int i) => Row with
        {
            Id = Guid.NewGuid(),
            StartTime = Row.StartTime.AddSeconds(i * 7 % 11 - 5),
            ObsUnitId = i * 5 % 13,
            Status = (ExecutionStatus)(i % 4),
        };
    }

    [Test]
    public void A_filter_takes_several_values_and_null_matches_none()
    {
        var query = Parse(("quality", "good,usable"));
        Assert.That(query.Matches(Row with { Quality = Quality.Usable }), Is.True);
        Assert.That(query.Matches(Row with { Quality = Quality.Bad }), Is.False);
        Assert.That(query.Matches(Row), Is.False);
    }

    [Test]
    public void From_includes_its_instant_and_before_does_not()
    {
        Assert.That(Parse(("started_from", "2027-01-01T00:00:00Z")).Matches(Row), Is.True);
        Assert.That(Parse(("started_before", "2027-01-01T00:00:00Z")).Matches(Row), Is.False);
    }

    [TestCase("ended", "no", "is true or false, once")]
    [TestCase("ended", "", "is true or false, once")]
    public void A_filter_for_what_is_there_is_true_or_false(string name, string value, string reason) =>
        Assert.That(Assert.Throws<RefusalException>(() => Parse((name, value)))!.Errors[name].Single(), Is.EqualTo(reason));

    [Test]
    public void What_has_ended_has_an_end()
    {
        var ended = Row with { EndTime = Row.StartTime };
        Assert.That((Parse(("ended", "true")).Matches(ended), Parse(("ended", "true")).Matches(Row)), Is.EqualTo((true, false)));
        Assert.That((Parse(("ended", "false")).Matches(ended), Parse(("ended", "false")).Matches(Row)), Is.EqualTo((false, true)));
    }

    [Test]
    public void What_has_no_value_comes_last_and_in_descending_order_first()
    {
        Execution[] rows = [Row with { EndTime = Row.StartTime.AddHours(2) }, Row, Row with { EndTime = Row.StartTime.AddHours(1) }];
        foreach (var (sort, expected) in ((string, Execution[])[])[("end_time", [rows[2], rows[0], rows[1]]), ("-end_time", [rows[1], rows[0], rows[2]])])
        {
            var query = Parse(("sort", sort));
            Assert.That(rows.Order(Comparer<Execution>.Create(query.Compare)), Is.EqualTo(expected), sort);
            foreach (var (row, i) in expected.Select((row, i) => (row, i)))
            {
                var rest = Parse(("sort", sort), ("after", query.CursorAfter(row)));
                Assert.That(rows.Where(rest.IsAfterCursor), Is.EquivalentTo(expected[(i + 1)..]), sort);
            }
        }
    }

    [TestCase("[\"end_time,id\",\"2027-01-01T00:00:00Z\",\"0198c0de-0000-7000-8000-000000000001\"]")]
    [TestCase("[\"end_time,id\",\"=\",\"0198c0de-0000-7000-8000-000000000001\"]")]
    [TestCase("[\"end_time,id\",null,\"0198c0de-0000-7000-8000-000000000001\"]")]
    [TestCase("[\"end_time,id\",\"\",\"\"]")]
    [TestCase("[\"end_time,id\",\"\"]")]
    public void A_cursor_with_a_value_that_may_be_null_is_read_strictly(string cursor) =>
        Assert.That(() => Parse(("sort", "end_time"), ("after", System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(cursor)))),
            Throws.TypeOf<RefusalException>());

    private static ListQuery<Execution> Parse(params (string Name, string Value)[] parameters) =>
        ListQuery<Execution>.Parse(parameters.ToDictionary(p => p.Name, p => (IReadOnlyList<string>)[p.Value]));
}
