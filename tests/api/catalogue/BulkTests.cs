using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Catalogue;

/// <summary>Many rows in one request, all or none.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class BulkTests(SiteType type) : SiteFixture(type)
{
    private const string Path = "/api/v1/sources/bulk";

    [Test]
    public async Task Many_sources_are_created_in_one_transaction_and_answered_by_their_ids_in_order()
    {
        var (mark, key) = (Guid.NewGuid().ToString("n"), $"bulk {Guid.NewGuid()}");
        var body = new { items = Enumerable.Range(0, 2000).Select(i => Source($"{mark} {i:0000}")) };
        var created = await Api.PostAsync(Path, body, key, TestTokens.Admin);
        Assert.That((created.Status, created.Body.GetProperty("count").GetInt32()), Is.EqualTo((201, 2000)), created.Body.GetRawText()[..200]);
        var list = await Other.GetAsync($"/api/v1/sources?name_prefix={mark}&sort=name&limit=1000&count=true");
        Assert.That(list.Total, Is.EqualTo(2000));
        Assert.That(list.Items.Select(s => s.GetProperty("id").GetInt32()), Is.EqualTo(Ids(created).Take(1000)));
        var transaction = Guid.Parse(created.Header("OpsDb-Transaction")!);
        Assert.That(await Installation.MainAsync<long>("select count(*) from source where transaction_id = @transaction", new { transaction }),
            Is.EqualTo(2000));

        var again = await Other.PostAsync(Path, body, key, TestTokens.Admin);
        Assert.That((again.Status, again.Header("Idempotency-Replayed")), Is.EqualTo((201, "true")));
        Assert.That(Ids(again), Is.EqualTo(Ids(created)));
    }

    [Test]
    public async Task One_wrong_row_is_named_and_none_is_stored()
    {
        var mark = Guid.NewGuid().ToString("n");
        var refused = await BulkAsync(Source($"{mark} a"), new { name = $"{mark} b", type = "fixed", ra_deg = 400 });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")), refused.ToString());
        Assert.That(Errors(refused), Is.EquivalentTo((string[])["items[1].ra_deg", "items[1].dec_deg"]));

        refused = await BulkAsync(Source($"{mark} a"), new { name = $"{mark} b", kind = "fixed" });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
        Assert.That(Errors(refused), Is.EquivalentTo((string[])["items[1].kind", "items[1].type"]));

        refused = await BulkAsync(Source($"{mark} a"), Source("Orion-KL"));
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((409, "already-exists")), refused.ToString());
        Assert.That((await BulkAsync()).Status, Is.EqualTo(422), "none is no creation");
        Assert.That((await Api.GetAsync($"/api/v1/sources?name_prefix={mark}&count=true")).Total, Is.Zero);
    }

    [Test]
    public async Task Rows_that_refer_to_nothing_are_named()
    {
        object Unit(int source) => new
        {
            name = $"{Guid.NewGuid()}",
            observing_program_id = 1,
            source_id = source,
            obs_mode_id = 1,
            instrument_id = 1,
            priority = 1,
        };
        var refused = await Api.PostAsync("/api/v1/obs-units/bulk", new { items = new[] { Unit(1), Unit(999_999) } }, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "reference-unknown")), refused.ToString());
        Assert.That(Errors(refused), Is.EqualTo((string[])["items[1].source_id"]));
    }

    [Test]
    public async Task A_body_beyond_the_limit_and_a_caller_who_may_not_are_refused()
    {
        var limit = ("HTTP_BULK_BODY_LIMIT", "1048576");
        await using var api = await (SiteType == SiteType.Main ? Installation.StartMainAsync(limit) : Installation.StartSecondaryAsync(limit));
        var items = Enumerable.Range(0, 20_000).Select(i => Source($"{Guid.NewGuid()}"));
        var large = await api.PostAsync(Path, new { items }, null, TestTokens.Admin);
        Assert.That((large.Status, large.Problem), Is.EqualTo((413, "body-too-large")), large.ToString());
        Assert.That((await Api.PostAsync(Path, new { items = new[] { Source("x") } })).Status, Is.EqualTo(403));
    }

    private Task<TestAnswer> BulkAsync(params object[] items) => Api.PostAsync(Path, new { items }, null, TestTokens.Admin);

    private static object Source(string name) => new { name, type = "fixed", ra_deg = 10.5, dec_deg = -20.25 };

    private static IEnumerable<int> Ids(TestAnswer answer) => answer.Body.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32());

    private static IEnumerable<string> Errors(TestAnswer answer) => answer.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name);
}
