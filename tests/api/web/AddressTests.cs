using OpsDb.Kernel;

namespace OpsDb.ApiTests.Web;

/// <summary>What an address may be, whichever endpoint it leads to.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class AddressTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[] Lists =
        ["executions", "sources", "programs", "obs-units", "obs-modes", "observatories", "telescopes", "instruments", "instrument-modules"];

    [TestCase("/api/v1/transactions?state=failed&site=%00", "U+0000")]
    [TestCase("/api/v1/sources?name=a%00b", "U+0000")]
    [TestCase("/api/v1/sources?%00=1", "U+0000")]
    [TestCase("/health?x=%00", "U+0000")]
    [TestCase("/api/v1/sources?name=%ff", "not UTF-8")]
    [TestCase("/api/v1/sources?name=%ed%a0%80", "not UTF-8")]
    [TestCase("/api/v1/sources?name=%c3", "not UTF-8")]
    [TestCase("/problems/%ff", "not UTF-8")]
    [TestCase("/api/v1/sources?name=50%", "%25")]
    [TestCase("/api/v1/sources?name=%zz", "%25")]
    public async Task What_is_not_text_is_refused(string address, string reason)
    {
        var answer = await RawAsync(address);
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("malformed-parameter").And.Contain(reason));
    }

    [Test]
    public async Task Escaped_text_is_taken() =>
        Assert.That((await Api.GetAsync("/api/v1/sources?name=%c3%a9%20%25%F0%9F%94%AD+")).Status, Is.EqualTo(200));

    [TestCase("""["name,id",null,"1"]""")]
    [TestCase("""["id",null]""")]
    [TestCase("""["id",{}]""")]
    [TestCase("""[null]""")]
    [TestCase("""["name,id","\ud800","1"]""")]
    [TestCase("""["name,id","\u0000","1"]""")]
    public async Task A_forged_cursor_is_refused_by_every_list(string json)
    {
        var cursor = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json));
        foreach (var address in Lists.SelectMany(l => (string[])[$"/api/v1/{l}?after={cursor}", $"/api/v1/{l}?sort=id&after={cursor}"])
            .Concat(Lists[1..].Where(l => l != "programs").Select(l => $"/api/v1/{l}?sort=name&after={cursor}")))
        {
            var answer = await Api.GetAsync(address);
            Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-parameter")), $"{address} {answer}");
        }
    }

    private async Task<string> RawAsync(string address)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(Api.Address.Host, Api.Address.Port);
        var stream = client.GetStream();
        var headers = $"Host: localhost\r\nAuthorization: Bearer {TestKit.TestTokens.Admin.Text}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {address} HTTP/1.1\r\n{headers}"));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await new StreamReader(stream).ReadToEndAsync(deadline.Token);
    }
}
