using System.Net;
using System.Net.Sockets;
using System.Text;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Hostile;

/// <summary>What no HTTP client would send, byte by byte.</summary>
[TestFixture(SiteType.Main)]
public sealed class RawRequestTests(SiteType type) : SiteFixture(type)
{
    private const string Beginning = "POST /api/v1/executions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";

    [TestCase("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n{}\r\n0\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n")]
    [TestCase("Content-Length: -1\r\n\r\n{}")]
    [TestCase("Content-Length: 99999999999999999999\r\n\r\n{}")]
    [TestCase("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [TestCase("Content-Length: 2\r\n X: folded\r\n\r\n{}")]
    [TestCase("X\u0001: 1\r\nContent-Length: 2\r\n\r\n{}")]
    [TestCase("Host: other\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task A_request_that_is_no_HTTP_is_400_and_never_500(string rest)
    {
        var answer = await AskAsync($"{Beginning}Authorization: Bearer {TestTokens.Observer.Text}\r\n{rest}");
        Assert.That(answer, Does.Match("^HTTP/1.1 (400|413) "));
    }

    [Test]
    public async Task An_address_that_is_too_long_is_414() =>
        Assert.That(await AskAsync($"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            Does.StartWith("HTTP/1.1 414 "));

    [Test]
    public async Task A_header_that_is_no_ASCII_is_refused_with_a_problem()
    {
        var answer = await AskAsync($"{Beginning}Authorization: Bearer {TestTokens.Observer.Text}\r\nContent-Length: 17\r\nIdempotency-Key: "
            + $"\u00ff\u00c3(\r\n\r\n{{\"obs_unit_id\":1}}");
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("application/problem+json").And.Contain("Idempotency-Key"));
    }

    private async Task<string> AskAsync(string request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Api.Address.Port, limit.Token);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(limit.Token);
    }
}
