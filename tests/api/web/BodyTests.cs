using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>What a body may be, whichever request it belongs to.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class BodyTests(SiteType type) : SiteFixture(type)
{
    private const string Json = "application/json", Patch = "application/merge-patch+json";

    [Test]
    public async Task Bytes_that_are_not_UTF_8_are_refused_wherever_a_body_is_taken()
    {
        var started = await Api.StartExecutionAsync();
        byte[] Text(string field) => [.. Encoding.ASCII.GetBytes($$"""{"{{field}}":"temp -5 """), 0xb0, .. "C\"}"u8];
        foreach (var answer in new[]
        {
            await SendAsync(HttpMethod.Post, "/api/v1/executions", Text("comment"), Json),
            await SendAsync(HttpMethod.Patch, $"/api/v1/executions/{started.Id}", Text("comment"), Patch, ("If-Match", started.ETag)),
            await SendAsync(HttpMethod.Post, $"/api/v1/executions/{started.Id}/finish", Text("comment"), Json),
            await SendAsync(HttpMethod.Post, $"/api/v1/executions/{started.Id}/abort", Text("reason"), Json),
            await SendAsync(HttpMethod.Put, $"/executed_obs_units/{started.Id}/finish", Text("comment"), Json),
            await SendAsync(HttpMethod.Post, $"/api/v1/transactions/{Guid.CreateVersion7()}/retry", Text("note"), Json),
            await SendAsync(HttpMethod.Post, $"/api/v1/transactions/{Guid.CreateVersion7()}/discard", Text("note"), Json),
            await SendAsync(HttpMethod.Post, "/api/v1/sites/main/continue", Text("note"), Json),
        })
        {
            Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-body")), answer.ToString());
            Assert.That(answer.Detail, Does.Contain("is not UTF-8: byte"));
        }
        Assert.That((await Api.GetAsync($"/api/v1/executions/{started.Id}")).Body.GetProperty("comment").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("""{"comment":"a\ud800b"}""", "comment: has half of a surrogate pair")]
    [TestCase("""{"comment":"a\u0000b"}""", "comment: has the character U+0000")]
    [TestCase("""{"mean_pwv_mm":1e400}""", "mean_pwv_mm: is 1e400, which is beyond the range of numbers")]
    [TestCase("""{"mean_pwv_mm":"1"}""", "mean_pwv_mm: is a number, not text")]
    [TestCase("""{"comment":1,"quality":2}""", "comment: is text, not a number. quality: is one of good, usable, bad")]
    [TestCase("""{"comment":"a","comment":"b"}""", "comment: is there twice")]
    [TestCase("""{"comment":"a",}""", "The body is not valid JSON (line 1, byte 16).")]
    [TestCase("""{"status":"completed"}""", "status: cannot be changed. PATCH takes mean_pwv_mm")]
    [TestCase("""{"colour":"red"}""", "colour: is not a field of this resource. PATCH takes mean_pwv_mm")]
    public async Task A_patch_is_refused_in_words_about_what_was_sent(string body, string reason)
    {
        var started = await Api.StartExecutionAsync();
        var answer = await Api.PatchAsync($"/api/v1/executions/{started.Id}", body, started.ETag);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-body")), answer.ToString());
        Assert.That(answer.Detail, Does.Contain(reason));
    }

    [Test]
    public async Task A_patch_of_another_type_is_told_the_right_one()
    {
        var started = await Api.StartExecutionAsync();
        var answer = await SendAsync(HttpMethod.Patch, $"/api/v1/executions/{started.Id}", "{}"u8.ToArray(), Json, ("If-Match", started.ETag));
        Assert.That((answer.Status, answer.Detail), Is.EqualTo((415, "Send Content-Type: application/merge-patch+json, not application/json.")));
        var patch = await SendAsync(HttpMethod.Post, "/api/v1/executions", "{}"u8.ToArray(), Patch);
        Assert.That(patch.Detail, Is.EqualTo("Send Content-Type: application/json, not application/merge-patch+json."));
        Assert.That((await SendAsync(HttpMethod.Post, "/api/v1/executions", "{}"u8.ToArray(), "application/json; charset=latin1")).Status, Is.EqualTo(415));
    }

    [Test]
    public async Task What_is_null_in_a_list_is_refused_by_its_place()
    {
        var answer = await Api.PostAsync($"/api/v1/transactions/{Guid.CreateVersion7()}/retry", """{"steps":[null]}""", null, TestTokens.Admin);
        Assert.That((answer.Status, answer.Detail), Is.EqualTo((400, "steps[0]: must not be null.")));
        const string noRow = """{"steps":[{"entity":"source","operation":"create","rows":[null]}]}""";
        answer = await Api.PostAsync($"/api/v1/transactions/{Guid.CreateVersion7()}/retry", noRow, null, TestTokens.Admin);
        Assert.That((answer.Status, answer.Detail), Is.EqualTo((400, "steps[0].rows[0]: must not be null.")));
    }

    [Test]
    public async Task Many_mistakes_make_a_small_answer()
    {
        var started = await Api.StartExecutionAsync();
        var many = "{" + string.Join(',', Enumerable.Range(0, 40_000).Select(i => $"\"unknown field {i}\":1")) + "}";
        var parameters = string.Join('&', Enumerable.Range(0, 1500).Select(i => $"p{i}"));
        foreach (var answer in new[]
        {
            await Api.PatchAsync($"/api/v1/executions/{started.Id}", many, started.ETag),
            await Api.PostAsync("/api/v1/executions", many),
            await Api.GetAsync($"/api/v1/executions?{parameters}"),
            await Api.GetAsync($"/api/v1/executions/{started.Id}?{parameters}"),
            await Api.PostAsync("/api/v1/executions", "{\"" + new string('x', 900_000) + "\":1}"),
            await Api.PostAsync("/api/v1/executions", "{\"obs_unit_id\":1,\"id\":\"" + new string('x', 900_000) + "\"}"),
            await Api.PostAsync("/api/v1/executions", "{\"obs_unit_id\":1" + new string('0', 900_000) + "}"),
            await Api.GetAsync("/" + new string('x', 7000)),
            await Api.PatchAsync($"/api/v1/executions/{started.Id}", "{}", $"\"{new string('x', 7000)}\""),
        })
        {
            Assert.That(answer.Status / 100, Is.EqualTo(4), answer.ToString());
            Assert.That(answer.Body.GetRawText(), Has.Length.LessThan(5000));
        }
        Assert.That((await Api.GetAsync($"/api/v1/executions?{parameters}")).Detail, Does.Contain("1480 more are wrong. It takes limit, after"));
    }

    [TestCase("gzip")]
    [TestCase("GZIP")]
    [TestCase("br")]
    public async Task A_compressed_body_is_taken(string encoding)
    {
        var body = """{"obs_unit_id":1,"comment":"compressed °"}"""u8.ToArray();
        var key = Guid.NewGuid().ToString();
        var compressed = Compressed(body, encoding);
        var answer = await SendAsync(HttpMethod.Post, "/api/v1/executions", compressed, Json, ("Content-Encoding", encoding), ("Idempotency-Key", key));
        Assert.That((answer.Status, answer.Text("comment")), Is.EqualTo((Taken(201), "compressed °")), answer.ToString());
        var again = await SendAsync(HttpMethod.Post, "/api/v1/executions", body, Json, ("Idempotency-Key", key));
        Assert.That((again.Header("Idempotency-Replayed"), again.Id), Is.EqualTo(("true", answer.Id)), "the content is the same, however it was sent");
    }

    [TestCase("gzip")]
    [TestCase("br")]
    public async Task A_body_that_grows_beyond_the_limit_is_refused(string encoding)
    {
        var bomb = Compressed(new byte[20_000_000], encoding);
        var answer = await SendAsync(HttpMethod.Post, "/api/v1/executions", bomb, Json, ("Content-Encoding", encoding));
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((413, "body-too-large")), answer.ToString());
    }

    [TestCase("gzip")]
    [TestCase("br")]
    public async Task A_body_that_is_not_compressed_as_it_says_is_refused(string encoding)
    {
        var answer = await SendAsync(HttpMethod.Post, "/api/v1/executions", """{"obs_unit_id":1}"""u8.ToArray(), Json, ("Content-Encoding", encoding));
        Assert.That((answer.Status, answer.Detail), Is.EqualTo((400, $"The body is not what its Content-Encoding says, {encoding}.")));
    }

    [TestCase("deflate")]
    [TestCase("zstd")]
    [TestCase("gzip, br")]
    public async Task Another_encoding_is_told_which_are_taken(string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Api.Address, "/api/v1/executions")) { Content = Content("{}"u8.ToArray(), Json) };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        request.Headers.Authorization = new("Bearer", TestTokens.Observer.Text);
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(answer.Headers.GetValues("Accept-Encoding"), Is.EqualTo((string[])["gzip, br"]));
    }

    [Test]
    public async Task A_byte_order_mark_is_passed_over()
    {
        var answer = await SendAsync(HttpMethod.Post, "/api/v1/executions", [0xef, 0xbb, 0xbf, .. """{"obs_unit_id":1}"""u8], Json);
        Assert.That(answer.Status, Is.EqualTo(Taken(201)), answer.ToString());
    }

    [TestCase("FFFFFFFFFFFFFFFF\r\n")]
    [TestCase("FFFFFFFFFFFFFFFFFFFFFF\r\n")]
    [TestCase("-1\r\n")]
    [TestCase("x\r\n")]
    [TestCase("2\r\n{}{}\r\n")]
    public async Task Chunks_of_a_wrong_form_are_the_callers_mistake(string chunks)
    {
        var answer = await RawAsync("POST", "Transfer-Encoding: chunked", chunks);
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("malformed-body"));
    }

    [Test]
    public async Task A_header_that_is_not_ASCII_is_refused_with_a_problem([Values("Idempotency-Key", "If-Match", "OpsDb-Min-Consistency")] string header)
    {
        var body = header == "OpsDb-Min-Consistency" ? "" : "{\"obs_unit_id\":1}";
        var verb = header == "OpsDb-Min-Consistency" ? "GET" : "POST";
        var answer = await RawAsync(verb, $"Content-Length: {body.Length}\r\n{header}: Schlüssel-\u00ff", body);
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("malformed-header"));
    }

    [Test]
    public async Task Text_that_is_taken_is_read_back_as_it_was_sent()
    {
        var random = new Random(1);
        // Of the first 0xd7ff characters after U+0000: none is half of a pair.
        var texts = Enumerable.Range(0, 10).Select(i => new string([.. Enumerable.Range(0, 10 * i).Select(_ => (char)random.Next(1, 0xd800))]))
            .Concat(["e\u0301\u212b\ufb01", "\ufeff\u200b\u202e", " \t\r\n ", "\u001b[0m\u007f\u0085\u2028", "\uffff\ufffe\U0010ffff",
                "\\\"/\b\f", "{\"a\":null}", "", "'; drop table executed_obs_unit; --"]);
        foreach (var text in texts)
        {
            var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment = text });
            Assert.That((started.Status, started.Text("comment")), Is.EqualTo((Taken(201), text)), started.ToString());
            Assert.That((await Other.GetAsync($"/api/v1/executions/{started.Id}")).Text("comment"), Is.EqualTo(text));
            var changed = await Api.PatchAsync($"/api/v1/executions/{started.Id}", new { comment = text + "!" }, started.ETag);
            Assert.That(changed.Text("comment"), Is.EqualTo(text + "!"));
            Task<string?> Stored() => Installation.MainAsync<string>("select comment from executed_obs_unit where id = @id", new { id = started.Id });
            await Eventually.TrueAsync(async () => await Stored() == text + "!", "the main database has it");
        }
    }

    private Task<TestAnswer> SendAsync(HttpMethod method, string path, byte[] body, string type, params (string Name, string Value)[] headers)
    {
        var content = Content(body, type);
        foreach (var (name, value) in headers.Where(h => h.Name == "Content-Encoding"))
            content.Headers.TryAddWithoutValidation(name, value);
        return Api.SendAsync(method, path, content, TestTokens.Admin, [.. headers.Where(h => h.Name != "Content-Encoding")]);
    }

    private static ByteArrayContent Content(byte[] body, string type) => new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private static byte[] Compressed(byte[] body, string encoding)
    {
        using var buffer = new MemoryStream();
        using (Stream compress = encoding == "br"
            ? new BrotliStream(buffer, CompressionLevel.Fastest, true)
            : new GZipStream(buffer, CompressionLevel.Fastest, true))
            compress.Write(body);
        return buffer.ToArray();
    }

    private async Task<string> RawAsync(string verb, string headers, string body)
    {
        var request = $"{verb} /api/v1/executions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TestTokens.Observer.Text}\r\n"
            + $"Content-Type: {Json}\r\nConnection: close\r\n{headers}\r\n\r\n{body}";
        using var client = new TcpClient();
        await client.ConnectAsync(Api.Address.Host, Api.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await new StreamReader(stream).ReadToEndAsync(deadline.Token);
    }
}
