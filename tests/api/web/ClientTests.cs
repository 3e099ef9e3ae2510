using System.Net.Http.Headers;
using OpsDb.Client;
using OpsDb.TestKit;
using SiteType = OpsDb.Kernel.SiteType;

namespace OpsDb.ApiTests.Web;

/// <summary>The generated client against a site: what the document says is enough to use the API.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ClientTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task An_execution_is_started_finished_corrected_and_found()
    {
        using var http = Http(TestTokens.Admin);
        var site = new OpsDbClient(http);
        var started = await site.StartExecutionAsync(new() { ObsUnitId = 1, Comment = "begun" });
        Assert.That(started.StatusCode, Is.EqualTo(Taken(201)));
        Assert.That(started.Transaction, Is.Not.Null);
        Assert.That((started.Result.Status, started.Result.Quality), Is.EqualTo((ExecutionStatus.Running, (Quality?)null)));
        var finished = await site.FinishExecutionAsync(started.Result.Id, new() { Quality = Quality.Usable, MeanPwvMm = 0.5 });
        Assert.That((finished.Result.Status, finished.Result.Quality, finished.Result.Comment),
            Is.EqualTo((ExecutionStatus.Completed, (Quality?)Quality.Usable, "begun")));
        var corrected = await site.ChangeExecutionAsync(started.Result.Id, finished.ETag!, new() { Quality = Quality.Good, Clear = { "mean_pwv_mm" } });
        Assert.That((corrected.Result.Quality, corrected.Result.MeanPwvMm, corrected.Result.Comment),
            Is.EqualTo(((Quality?)Quality.Good, (double?)null, "begun")));
        var found = await site.GetExecutionAsync(started.Result.Id, opsDbMinConsistency: corrected.Consistency);
        Assert.That((found.Result.Version, found.Result.Quality), Is.EqualTo((3, (Quality?)Quality.Good)));
        var page = await site.ListExecutionsAsync(obs_unit_id: [1, 2], status: [ExecutionStatus.Completed, ExecutionStatus.Failed], limit: 1000, count: true);
        Assert.That(page.Result.Items.Select(e => e.Id), Does.Contain(started.Result.Id));
        Assert.That(page.Result.Total, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task A_refusal_is_an_exception_that_knows_its_problem()
    {
        using var http = Http(TestTokens.Observer);
        var refusal = await RefusalAsync(() => new OpsDbClient(http).StartExecutionAsync(new() { ObsUnitId = 999_999 }));
        Assert.That((refusal.StatusCode, refusal.Problem?.Type), Is.EqualTo((422, "/problems/reference-unknown")));
        using var nobody = new HttpClient { BaseAddress = Api.Address };
        var unknown = await RefusalAsync(() => new OpsDbClient(nobody).ListSourcesAsync());
        Assert.That((unknown.StatusCode, unknown.Problem?.Type), Is.EqualTo((401, "/problems/token-missing")));
    }

    [Test]
    public async Task A_write_has_a_key_and_a_repetition_with_it_is_answered_like_the_first()
    {
        using var keys = new Keys();
        using var http = Http(TestTokens.Observer, keys);
        var site = new OpsDbClient(http);
        var first = await site.StartExecutionAsync(new() { ObsUnitId = 2 });
        Assert.That(keys.Sent, Has.Count.EqualTo(1));
        var again = await site.StartExecutionAsync(new() { ObsUnitId = 2 }, keys.Sent[0]);
        Assert.That((again.Replayed, again.Result.Id), Is.EqualTo((true, first.Result.Id)));
        var other = await site.StartExecutionAsync(new() { ObsUnitId = 2 });
        Assert.That((other.Replayed, other.Result.Id == first.Result.Id), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task A_write_can_be_tried()
    {
        using var http = Http(TestTokens.Observer);
        var tried = await new OpsDbClient(http).StartExecutionAsync(new() { ObsUnitId = 2 }, dry_run: true);
        Assert.That((tried.DryRun, tried.StatusCode), Is.EqualTo((true, Taken(201))));
    }

    [Test]
    public void Every_patch_can_clear_fields() =>
        Assert.That(typeof(OpsDbClient).Assembly.GetTypes()
            .Where(t => t.Name.EndsWith("Patch", StringComparison.Ordinal) && !t.IsAssignableTo(typeof(MergePatch))), Is.Empty);

    private static async Task<OpsDbException> RefusalAsync(Func<Task> request)
    {
        try
        {
            await request();
        }
        catch (OpsDbException e)
        {
            return e;
        }
        throw new AssertionException("It was not refused.");
    }

    private HttpClient Http(TestTokens token, HttpMessageHandler? handler = null) => new(handler ?? new HttpClientHandler())
    {
        BaseAddress = Api.Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token.Text) },
    };

    private sealed class Keys() : DelegatingHandler(new HttpClientHandler())
    {
        public List<string> Sent { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sent.AddRange(request.Headers.GetValues("Idempotency-Key"));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
