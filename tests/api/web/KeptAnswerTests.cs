using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>What anybody may ask is made once, and costs next to nothing however often it is asked for.</summary>
[TestFixture(SiteType.Main)]
public sealed class KeptAnswerTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[] Kept =
        ["/openapi/v1.json", "/problems", "/problems/not-found", "/docs/index.html", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/index.js"];

    [TestCaseSource(nameof(Kept))]
    public async Task It_comes_with_a_tag_and_whoever_has_it_gets_304(string path)
    {
        using var first = await AskAsync(path);
        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(first.Headers.ETag!.IsWeak, Is.False);
        Assert.That(first.Headers.Vary, Does.Contain("Accept-Encoding"));
        Assert.That(first.Headers.CacheControl!.NoCache, Is.True);
        foreach (var tag in (string[])[first.Headers.ETag.Tag, $"\"other\", {first.Headers.ETag.Tag}", $"W/{first.Headers.ETag.Tag}", "*"])
        {
            using var again = await AskAsync(path, ("If-None-Match", tag));
            Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.NotModified), tag);
            Assert.That(again.Headers.ETag, Is.EqualTo(first.Headers.ETag));
            Assert.That(await again.Content.ReadAsByteArrayAsync(), Is.Empty);
        }
        using var other = await AskAsync(path, ("If-None-Match", "\"other\""));
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCaseSource(nameof(Kept))]
    public async Task It_is_the_same_in_each_coding_and_each_coding_has_a_tag_of_its_own(string path)
    {
        using var plain = await AskAsync(path);
        var bytes = await plain.Content.ReadAsByteArrayAsync();
        using var gzip = await AskAsync(path, ("Accept-Encoding", "gzip, br;q=0"));
        using var brotli = await AskAsync(path, ("Accept-Encoding", "gzip, deflate, br"));
        Assert.That(plain.Content.Headers.ContentEncoding, Is.Empty);
        Assert.That(gzip.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "gzip" }));
        Assert.That(brotli.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
        Assert.That(await ReadAsync(new GZipStream(await gzip.Content.ReadAsStreamAsync(), CompressionMode.Decompress)), Is.EqualTo(bytes));
        Assert.That(await ReadAsync(new BrotliStream(await brotli.Content.ReadAsStreamAsync(), CompressionMode.Decompress)), Is.EqualTo(bytes));
        Assert.That(new[] { plain, gzip, brotli }.Select(a => a.Headers.ETag).Distinct().Count(), Is.EqualTo(3));
        Assert.That(new[] { plain, gzip, brotli }.Select(a => a.Content.Headers.ContentType).Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase("br;q=0, gzip;q=0", "")]
    [TestCase("identity", "")]
    [TestCase("*", "br")]
    [TestCase("GZIP", "gzip")]
    [TestCase("not, a; coding", "")]
    public async Task A_coding_is_one_that_the_caller_takes(string accepted, string expected)
    {
        using var answer = await AskAsync("/openapi/v1.json", ("Accept-Encoding", accepted));
        Assert.That(string.Concat(answer.Content.Headers.ContentEncoding), Is.EqualTo(expected));
    }

    [Test]
    public async Task However_many_ask_at_once_the_document_is_made_once()
    {
        var provider = new CountingProvider();
        await using var services = new ServiceCollection().AddKeyedSingleton<IOpenApiDocumentProvider>("v1", provider).BuildServiceProvider();
        var document = new ServedDocument(services);
        var asked = Enumerable.Range(0, 50).Select(_ => document.ReadAsync()).ToList();
        provider.Ready.SetResult();
        Assert.That((await Task.WhenAll(asked)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(provider.Made, Is.EqualTo(1));
    }

    [TestCase("/health")]
    [TestCase("/health/ready")]
    public async Task However_many_ask_how_the_site_is_its_database_is_asked_a_few_times_a_second(string path)
    {
        const int Rounds = 5, Together = 100;
        using var asked = new AskedDatabase(Installation.Database);
        for (var round = 0; round < Rounds; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => Api.GetAsync(path)));
            Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(200));
        }
        // A reading asks it two or three times; what goes on in the background asks it, too.
        Assert.That(asked.Count, Is.LessThan(Rounds * Together));
        await Eventually.TrueAsync(async () => (await Api.GetAsync(path)).Status == 200 && asked.Count > 0, "an older reading is not shown for long");
    }

    [Test]
    public async Task What_is_not_there_is_a_problem_below_the_explorer_too()
    {
        var answer = await Api.GetAsync("/docs/nothing.js");
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((404, "not-found")));
    }

    private Task<HttpResponseMessage> AskAsync(string path, params (string Name, string Value)[] headers) => AskAsync(Api, path, headers);

    /// <summary>Without a token, and as it comes: nothing is decompressed.</summary>
    private static async Task<HttpResponseMessage> AskAsync(TestApi api, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = api.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using var read = stream;
        using var bytes = new MemoryStream();
        await read.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private sealed class CountingProvider : IOpenApiDocumentProvider
    {
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Made { get; private set; }

        public async Task<Microsoft.OpenApi.OpenApiDocument> GetOpenApiDocumentAsync(CancellationToken cancellationToken = default)
        {
            Made++;
            await Ready.Task;
            return new Microsoft.OpenApi.OpenApiDocument { Info = new() { Title = "counted", Version = "v1" } };
        }
    }

    /// <summary>Counts the commands that this process sends to one database.</summary>
    private sealed class AskedDatabase : IDisposable
    {
        private readonly ActivityListener listener;
        private int count;

        public AskedDatabase(string name)
        {
            listener = new()
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    if (activity.TagObjects.Any(t => t.Key is "db.name" or "db.namespace" && name.Equals(t.Value)))
                        Interlocked.Increment(ref count);
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public int Count => count;

        public void Dispose() => listener.Dispose();
    }
}
