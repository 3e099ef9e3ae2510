using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Sources;

/// <summary>Objects are found by their names, whatever the resolvers do.</summary>
[TestFixture(SiteType.Main)]
public sealed class NameResolutionTests(SiteType type) : SiteFixture(type)
{
    private const string Simbad = """
        {"metadata":[{"name":"main_id"},{"name":"ra"},{"name":"dec"},{"name":"pmra"},{"name":"pmdec"},{"name":"rvz_radvel"},{"name":"ids"}],
         "data":[["IRC  +10216",146.98919,13.27877,35.0,12.0,-19.0,"CW Leo|IRC +10216||bad\u200bname"]]}
        """;

    private const string Ned = """{"ResultCode":3,"Preferred":{"Name":"MESSIER 031","Position":{"RA":10.68479,"Dec":41.26906}}}""";
    private const string Nobody = """{"metadata":[{"name":"main_id"},{"name":"ra"},{"name":"dec"}],"data":[]}""";

    [Test]
    public async Task A_name_is_asked_for_once_and_answered_from_the_cache_then()
    {
        await using var simbad = new FakeResolver(Simbad);
        var api = await StartAsync($"simbad={simbad.Address}/tap?query={{name}}");
        var first = await api.GetAsync("/api/v1/source-names/IRC+10216");
        Assert.That((first.Status, first.Text("name"), first.Text("object_name"), first.Text("resolver")),
            Is.EqualTo((200, "IRC+10216", "IRC +10216", "simbad")), first.ToString());
        Assert.That(first.Body.GetProperty("from_cache").GetBoolean(), Is.False);
        Assert.That((first.Text("ra"), first.Text("dec")), Is.EqualTo(("09:47:57.406", "+13:16:43.57")));
        Assert.That(first.Body.GetProperty("v_helio_km_s").GetDouble(), Is.EqualTo(-19));
        Assert.That(first.Body.GetProperty("other_names").EnumerateArray().Select(n => n.GetString()), Is.EqualTo((string[])["CW Leo", "IRC +10216"]));
        var again = await api.GetAsync("/api/v1/sources/resolve?name=%20IRC%2B10216");
        Assert.That((again.Status, again.Body.GetProperty("from_cache").GetBoolean()), Is.EqualTo((200, true)), again.ToString());
        Assert.That(again.Text("resolved_at"), Is.EqualTo(first.Text("resolved_at")));
        var alias = await api.PostAsync("/sources/resolve", new { name = "IRC+10216" });
        Assert.That((alias.Status, alias.Header("Deprecation")), Is.EqualTo((200, "@1795219200")), alias.ToString());
        Assert.That(simbad.Asked, Is.EqualTo((string[])["/tap?query=IRC%2B10216"]));
    }

    [Test]
    public async Task Whatever_is_wrong_with_one_resolver_the_next_is_asked_and_none_is_told_by_its_address()
    {
        await using var elsewhere = new FakeResolver(Simbad);
        await using var simbad = new FakeResolver((target, stream, ct) => MisbehaveAsync(target.Split('=')[1], elsewhere.Address, stream, ct));
        await using var ned = new FakeResolver(Ned);
        var address = $"simbad={simbad.Address}/?query={{name}}";
        var api = await StartAsync($"{address} ned={ned.Address}/?name={{name}}", ("SOURCE_RESOLVER_TIMEOUT", "1"));
        var alone = await StartAsync(address, ("SOURCE_RESOLVER_TIMEOUT", "1"));
        foreach (var (fault, reason) in Faults)
        {
            var name = $"{fault}.{Guid.NewGuid()}";
            var refused = await alone.GetAsync($"/api/v1/source-names/{name}");
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "name-resolvers-unreachable")), $"{fault}: {refused}");
            Assert.That(refused.Detail, Does.Contain($"simbad {reason}").And.Not.Contain("127.0.0.1"), fault);
            var found = await api.GetAsync($"/api/v1/source-names/{name}");
            Assert.That((found.Status, found.Text("resolver"), found.Text("object_name")), Is.EqualTo((200, "ned", "MESSIER 031")), $"{fault}: {found}");
        }
        Assert.That(elsewhere.Asked, Is.Empty, "a redirection is not followed");
    }

    [Test]
    public async Task A_name_that_nobody_knows_is_told_and_one_that_has_been_known_is_kept()
    {
        await using var simbad = new FakeResolver(Nobody);
        await using var ned = new FakeResolver((target, stream, ct) =>
            FakeResolver.WriteAsync(stream, FakeResolver.Http(target.Contains("known", StringComparison.Ordinal) ? Ned : """{"ResultCode":2}"""), ct));
        var address = $"simbad={simbad.Address}/?query={{name}} ned={ned.Address}/{{name}}";
        var api = await StartAsync(address, ("SOURCE_RESOLUTION_AGE", "0"));
        var unknown = await api.GetAsync($"/api/v1/source-names/{Guid.NewGuid()}");
        Assert.That((unknown.Status, unknown.Problem), Is.EqualTo((404, "name-unknown")), unknown.ToString());
        var known = $"known {Guid.NewGuid()}";
        Assert.That((await api.GetAsync($"/api/v1/sources/resolve?name={known}")).Body.GetProperty("from_cache").GetBoolean(), Is.False);
        Assert.That((await api.GetAsync($"/api/v1/sources/resolve?name={known}")).Body.GetProperty("from_cache").GetBoolean(), Is.False, "it is too old");
        var none = await Api.GetAsync($"/api/v1/sources/resolve?name={known} 2");
        Assert.That((none.Status, none.Problem), Is.EqualTo((503, "name-resolver-missing")), none.ToString());
        Assert.That(none.Detail, Does.Contain("SOURCE_RESOLVERS"));
        Assert.That((await Api.GetAsync($"/api/v1/sources/resolve?name={known}")).Body.GetProperty("from_cache").GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_site_that_is_cut_off_answers_from_its_copy_of_the_cache()
    {
        await using var ned = new FakeResolver(Ned);
        var (api, name) = (await StartAsync($"ned={ned.Address}/?name={{name}}"), $"M 31 {Guid.NewGuid()}");
        Assert.That((await api.GetAsync($"/api/v1/sources/resolve?name={name}")).Status, Is.EqualTo(200));
        Task<int> Replicated() => Installation.ReplicaAsync<int>("select count(*) from source_resolution where name = @name", new { name });
        await Eventually.TrueAsync(async () => await Replicated() == 1, "the replica has it");
        // Nobody listens there.
        var site = await Installation.StartSecondaryAsync(("MAIN_DB_PORT", "1"), ("SOURCE_RESOLVERS", "ned=http://127.0.0.1:1/{name}"),
            ("SOURCE_RESOLUTION_AGE", "0"));
        var kept = await site.GetAsync($"/api/v1/sources/resolve?name={name}");
        Assert.That((kept.Status, kept.Body.GetProperty("from_cache").GetBoolean()), Is.EqualTo((200, true)), kept.ToString());
        var unknown = await site.GetAsync($"/api/v1/sources/resolve?name={name} 2");
        Assert.That((unknown.Status, unknown.Problem), Is.EqualTo((503, "name-resolvers-unreachable")), unknown.ToString());
        Assert.That(unknown.Detail, Does.Contain("ned cannot be reached"));
    }

    [Test]
    public async Task What_main_cannot_keep_is_answered_all_the_same()
    {
        await using var ned = new FakeResolver(Ned);
        var site = await Installation.StartSecondaryAsync(("MAIN_DB_PORT", "1"), ("SOURCE_RESOLVERS", $"ned={ned.Address}/{{name}}"));
        var found = await site.GetAsync($"/api/v1/sources/resolve?name={Guid.NewGuid()}");
        Assert.That((found.Status, found.Body.GetProperty("from_cache").GetBoolean()), Is.EqualTo((200, false)), found.ToString());
    }

    [TestCase("", 400)]
    [TestCase("?name=", 400)]
    [TestCase("?name=%20%20", 400)]
    [TestCase("?name=a%0D%0AHost:%20b", 400)]
    [TestCase("?name=a%E2%80%8Bb", 400)]
    [TestCase("?name=a&name=b", 400)]
    [TestCase("?name=a&refresh=true", 400)]
    [TestCase("?name=..%2F..%2Fadmin%3Fa%3Db%26c%23d", 200)]
    [TestCase("?name=%7Bname%7D", 200)]
    [TestCase("?name='%20or%20'1'%3D'1", 200)]
    [TestCase("?name=%40127.0.0.1%3A1%2F", 200)]
    public async Task A_hostile_name_stays_a_name(string query, int status)
    {
        await using var simbad = new FakeResolver(Simbad);
        var api = await StartAsync($"simbad={simbad.Address}/a?query='{{name}}'");
        var answer = await api.GetAsync($"/api/v1/sources/resolve{query}");
        Assert.That(answer.Status, Is.EqualTo(status), answer.ToString());
        Assert.That(simbad.Asked, status == 200 ? Has.All.Match("^/a\\?query='([A-Za-z0-9._~-]|%[0-9A-F]{2})+'$") : Is.Empty);
        if (query.Contains("or", StringComparison.Ordinal))
            Assert.That(simbad.Asked.Single(), Does.Contain("%27%27%20or%20%27%271"), "it does not end the text that it stands in");
        Assert.That((await api.GetAsync($"/api/v1/sources/resolve?name={new string('x', 201)}")).Problem, Is.EqualTo("malformed-parameter"));
    }

    private static readonly (string Fault, string Reason)[] Faults =
    [
        ("hangs", "did not answer within 1 s"),
        ("drips", "did not answer within 1 s"),
        ("closes", "cannot be reached"),
        ("breaks", "cannot be reached"),
        ("large", "answered more than 1048576 bytes"),
        ("endless", "answered more than 1048576 bytes"),
        ("html", "answered what is no JSON"),
        ("empty", "answered what is no JSON"),
        ("nan", "answered what is no JSON"),
        ("text", "answered a position that is none"),
        ("null", "answered a position that is none"),
        ("beyond", "answered a position that is none"),
        ("huge", "answered a position that is none"),
        ("short", "answered a row without as many values as it has columns"),
        ("list", "answered JSON of another form than SIMBAD's"),
        ("other", "answered JSON of another form than SIMBAD's"),
        ("error", "answered with the status 500"),
        ("redirect", "answered with the status 302"),
        ("nested", "answered what is no JSON"),
    ];

    private static async Task MisbehaveAsync(string name, string elsewhere, Stream stream, CancellationToken ct)
    {
        Task Answer(string body, string status = "200 OK", string more = "") =>
            FakeResolver.WriteAsync(stream, FakeResolver.Http(body, status, more: more), ct);
        static string At(string ra, string dec) =>
            $$"""{"metadata":[{"name":"main_id"},{"name":"ra"},{"name":"dec"}],"data":[["a",{{ra}},{{dec}}]]}""";
        const string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        switch (name.Split('.')[0])
        {
            case "hangs":
                await Task.Delay(Timeout.Infinite, ct);
                break;
            case "drips":
                await FakeResolver.WriteAsync(stream, $"{head}Content-Length: 1000000\r\n\r\n", ct);
                for (; ; await Task.Delay(50, ct))
                    await FakeResolver.WriteAsync(stream, " ", ct);
            case "closes":
                break;
            case "breaks":
                await FakeResolver.WriteAsync(stream, $"{head}Content-Length: 1000\r\n\r\n{{", ct);
                break;
            case "large":
                await FakeResolver.WriteAsync(stream, $"{head}Content-Length: 52428800\r\n\r\n", ct);
                for (var sent = 0; sent < 50; sent++)
                    await stream.WriteAsync(new byte[1 << 20], ct);
                break;
            case "endless":
                await FakeResolver.WriteAsync(stream, $"{head}Connection: close\r\n\r\n", ct);
                for (; ; )
                    await stream.WriteAsync(new byte[1 << 16], ct);
            case "html":
                await FakeResolver.WriteAsync(stream, FakeResolver.Http("<html><body>Try later</body></html>", type: "text/html"), ct);
                break;
            case "redirect":
                await Answer("", "302 Found", $"Location: {elsewhere}/\r\n");
                break;
            default:
                await Answer(name.Split('.')[0] switch
                {
                    "empty" => "",
                    "nan" => At("NaN", "1"),
                    "text" => At("\"NaN\"", "1"),
                    "null" => At("null", "null"),
                    "beyond" => At("360", "1"),
                    "huge" => At("1e400", "1"),
                    "short" => """{"metadata":[{"name":"ra"},{"name":"dec"}],"data":[[1]]}""",
                    "list" => "[]",
                    "nested" => new string('[', 100_000),
                    _ => """{"ResultCode":3}""",
                }, name.StartsWith("error", StringComparison.Ordinal) ? "500 Oh" : "200 OK");
                break;
        }
    }

    private Task<TestApi> StartAsync(string resolvers, params (string, string)[] settings) =>
        Installation.StartMainAsync([("SOURCE_RESOLVERS", resolvers), .. settings]);
}
