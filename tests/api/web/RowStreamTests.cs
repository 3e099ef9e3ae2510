using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>A list as lines, read page by page.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class RowStreamTests(SiteType type) : SiteFixture(type)
{
    private const string Lines = "application/x-ndjson";

    [Test]
    public async Task All_rows_come_in_the_order_of_the_pages_however_many_they_are()
    {
        var mark = $"{Guid.NewGuid():n}";
        var items = Enumerable.Range(0, 2100).Select(i => new { name = $"{mark} {i * 7919 % 2100:0000}", type = "fixed", ra_deg = 83.8, dec_deg = -5.4 });
        await Api.PostAsync("/api/v1/sources/bulk", new { items }, null, TestTokens.Admin);
        var lines = await LinesAsync($"/api/v1/sources?name_prefix={mark}&sort=-name");
        Assert.That(lines.Select(l => l.GetProperty("name").GetString()), Is.EqualTo(Enumerable.Range(0, 2100).Select(i => $"{mark} {2099 - i:0000}")));
        var page = await Api.GetAsync($"/api/v1/sources?name_prefix={mark}&sort=-name&limit=3");
        Assert.That(lines.Take(3).Select(WithoutSync), Is.EqualTo(page.Items.Select(WithoutSync)), "a line is the row of a page");
        Assert.That(await LinesAsync($"/api/v1/sources?name_prefix={mark}&sort=-name&limit=3"), Has.Count.EqualTo(3));
        var next = page.Body.GetProperty("next").GetString();
        Assert.That(await LinesAsync($"/api/v1/sources?name_prefix={mark}&sort=-name&after={next}"), Has.Count.EqualTo(2097));
        Assert.That(await LinesAsync("/api/v1/sources?name=none"), Is.Empty);
    }

    /// <summary>Where a row is may change between two looks at it.</summary>
    private static string WithoutSync(JsonElement row) => string.Join(',', row.EnumerateObject().Where(p => p.Name != "sync"));

    [Test]
    public async Task What_is_pending_is_in_it_and_what_was_recorded_at_an_instant_is_alone()
    {
        const int unit = 44;
        var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit });
        await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { quality = "good" });
        var address = $"/api/v1/obs-units/{unit}/executions";
        Assert.That((await LinesAsync(address)).Select(l => l.GetProperty("quality").GetString()), Is.EqualTo((string[])["good"]));
        Assert.That(await LinesAsync($"{address}?as_of=2026-01-01T00:00:00Z"), Is.Empty);
    }

    [TestCase("application/x-ndjson", Lines)]
    [TestCase("application/x-ndjson;q=0.2, application/json;q=0.1", Lines)]
    [TestCase("application/json, application/x-ndjson;q=0.5", "application/json")]
    [TestCase("application/x-ndjson;q=0", "application/json")]
    [TestCase("*/*", "application/json")]
    [TestCase("no type at all", "application/json")]
    [TestCase("text/csv", "text/csv")]
    [TestCase("text/html, text/csv;q=0.9, application/x-ndjson;q=0.8, application/json;q=0.1", "text/csv")]
    [TestCase("text/csv;q=0.8, application/x-ndjson", Lines)]
    [TestCase("text/*", "application/json")]
    [TestCase("application/x-votable+xml, text/csv;q=0.9", "application/x-votable+xml")]
    [TestCase("application/xml", "application/json")]
    public async Task The_caller_chooses_by_Accept(string accept, string type)
    {
        using var answer = await AskAsync("/api/v1/telescopes", accept);
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo(type));
        Assert.That(answer.Headers.Vary, Does.Contain("Accept"));
    }

    [Test]
    public async Task A_count_has_no_place_in_it_and_a_mistake_is_a_problem()
    {
        foreach (var (query, type) in from q in (string[])["count=true", "limit=1001", "unknown=1"] from t in (string[])[Lines, "text/csv"] select (q, t))
        {
            using var refused = await AskAsync($"/api/v1/sources?{query}", type);
            Assert.That((refused.StatusCode, refused.Content.Headers.ContentType!.MediaType),
                Is.EqualTo((HttpStatusCode.BadRequest, "application/problem+json")), query);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string accept)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Api.Address, path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Viewer.Text);
        var answer = await http.SendAsync(request);
        DocumentedAnswers.Committed.Check(answer, await answer.Content.ReadAsStringAsync());
        return answer;
    }

    private async Task<IReadOnlyList<JsonElement>> LinesAsync(string path)
    {
        using var answer = await AskAsync(path, Lines);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That((answer.StatusCode, answer.Headers.Contains("OpsDb-Consistency")), Is.EqualTo((HttpStatusCode.OK, true)), text);
        Assert.That(text, Does.EndWith("\n").Or.Empty);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l))];
    }
}

/// <summary>What a stream does when it cannot go on: its rows are made up, and so is the state that they are read from.</summary>
[TestFixture("application/x-ndjson")]
[TestFixture("text/csv")]
[TestFixture("application/x-votable+xml")]
public sealed class EndOfRowStreamTests(string type)
{
    private const string Table = "application/x-votable+xml";
    private static readonly HttpClient Http = new();

    [Test]
    public async Task It_reads_no_more_pages_than_its_client_takes()
    {
        var rows = new MadeUpRows(pages: int.MaxValue);
        await using var app = await StartAsync(rows);
        using (var answer = await Http.SendAsync(Request(app), HttpCompletionOption.ResponseHeadersRead))
        {
            using var text = new StreamReader(await answer.Content.ReadAsStreamAsync());
            if (type == "text/csv")
                Assert.That(await text.ReadLineAsync(), Is.EqualTo("id,name,version,created_at,created_by,modified_at,modified_by,sync"));
            if (type == Table)
            {
                while (await text.ReadLineAsync() is var head && head != "<DATA><TABLEDATA>")
                    Assert.That(head, Is.Not.Null);
            }
            for (var i = 1; i <= 5000; i++)
            {
                Assert.That(await text.ReadLineAsync(),
                    Does.StartWith(type == Table ? $"<TR><TD>{i}</TD><TD>shown</TD>" : type == "text/csv" ? $"{i},shown,0," : $"{{\"id\":{i},"));
            }
            await Eventually.TrueAsync(rows.IsIdleAsync, "it waits for the client");
        }
        await app.StopAsync();
        // What the buffers of both ends' sockets take, which is some megabytes.
        Assert.That(rows.Read, Is.LessThan(10_000));
    }

    [Test]
    public async Task What_fails_before_the_first_line_is_a_problem()
    {
        await using var app = await StartAsync(new(pages: 0));
        using var answer = await Http.SendAsync(Request(app));
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType!.MediaType),
            Is.EqualTo((HttpStatusCode.ServiceUnavailable, "application/problem+json")));
    }

    [Test]
    public async Task What_fails_later_ends_it_without_an_end_of_the_body()
    {
        await using var app = await StartAsync(new(pages: 3));
        Assert.That(async () => await Http.SendAsync(Request(app)), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task It_does_not_go_on_with_an_older_state_than_its_headers_tell()
    {
        var rows = new MadeUpRows(pages: int.MaxValue, freshPages: 3);
        await using var app = await StartAsync(rows);
        Assert.That(async () => await Http.SendAsync(Request(app)), Throws.InstanceOf<HttpRequestException>());
        Assert.That(rows.Read, Is.EqualTo(4));
    }

    [Test]
    public async Task HEAD_reads_one_page()
    {
        var rows = new MadeUpRows(pages: int.MaxValue);
        await using var app = await StartAsync(rows);
        using var answer = await Http.SendAsync(Request(app, HttpMethod.Head));
        Assert.That((answer.StatusCode, rows.Read), Is.EqualTo((HttpStatusCode.OK, 1)));
    }

    private static async Task<WebApplication> StartAsync(MadeUpRows rows)
    {
        var app = DataApiBase.Build(TestApi.Read(PublishedTests.Settings));
        app.MapGet("/made-up", (HttpContext context, CancellationToken ct) =>
        {
            context.RequestServices = new ServiceCollection().AddSingleton<IConsistency>(rows).BuildServiceProvider();
            return Responses.ListAsync(context, rows, ListQuery<PublishedTests.Hook>.Everything, ct);
        }).IsPublic();
        await app.StartAsync();
        return app;
    }

    private HttpRequestMessage Request(WebApplication app, HttpMethod? method = null) =>
        new(method ?? HttpMethod.Get, $"{app.Urls.First()}/made-up") { Headers = { Accept = { new(type) } } };

    /// <param name="pages">How many can be read; the next one fails.</param>
    /// <param name="freshPages">How many are read from the newest state.</param>
    private sealed class MadeUpRows(int pages, int freshPages = int.MaxValue) : IReader<PublishedTests.Hook, int>, IConsistency
    {
        private int idleAt;

        public int Read { get; private set; }

        public Consistency? Current => Read == 0 ? null : new(Read > freshPages ? null : "made up", null);

        public Task<bool> IsIdleAsync() => Task.FromResult(idleAt == (idleAt = Read));

        public void Want(Freshness freshness)
        {
        }

        public Task<Page<PublishedTests.Hook>> ListAsync(ListQuery<PublishedTests.Hook> query, CancellationToken ct)
        {
            if (Read++ >= pages)
                throw new OutageException(Problems.LocalUnreachable, "made up");
            var first = query.After is [int after] ? after + 1 : 1;
            return Task.FromResult(new Page<PublishedTests.Hook>(
                [.. Enumerable.Range(first, query.Limit).Select(id => new PublishedTests.Hook { Id = id, Name = "shown" })], "next", null));
        }

        public Task<PublishedTests.Hook?> FindAsync(int id, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyDictionary<int, PublishedTests.Hook>> FindManyAsync(IReadOnlyCollection<int> ids, CancellationToken ct) =>
            throw new NotSupportedException();
    }
}
