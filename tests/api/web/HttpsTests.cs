using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>The API over HTTPS, with certificates of an authority of its own.</summary>
public sealed class HttpsTests
{
    private readonly TestAuthority authority = new();
    private Installation installation = null!;
    private TestApi api = null!;

    [SetUp]
    public async Task Start()
    {
        installation = await Installation.CreateAsync(AssemblyServers.Servers);
        var (certificate, key) = authority.Issue("first");
        api = await TestApi.StartUnreadyAsync(new(installation.MainSettings())
        {
            ["HTTP_URL"] = "https://127.0.0.1:0",
            ["HTTP_TLS_CERTIFICATE"] = certificate,
            ["HTTP_TLS_KEY"] = key
        });
    }

    [TearDown]
    public async Task Stop()
    {
        await api.DisposeAsync();
        await installation.DisposeAsync();
        authority.Dispose();
    }

    [Test]
    public async Task It_answers_those_who_trust_its_authority()
    {
        using var client = authority.Client();
        Assert.That(api.Address.Scheme, Is.EqualTo("https"));
        Assert.That(await client.GetStringAsync(new Uri(api.Address, "/health/live")), Is.Not.Empty);
        using var stranger = new TestAuthority();
        using var careful = stranger.Client();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => careful.GetStringAsync(new Uri(api.Address, "/health/live")));
        Assert.That(refused!.InnerException, Is.InstanceOf<AuthenticationException>());
    }

    [Test]
    public async Task It_does_not_answer_plain_HTTP()
    {
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync($"http://127.0.0.1:{api.Address.Port}/health/live"));
    }

    [Test]
    public async Task Versions_of_TLS_before_1_2_are_not_offered()
    {
#pragma warning disable CA5397, SYSLIB0039 // That they are refused is the test.
        await Assert.ThatAsync(async () => await ShownAsync(SslProtocols.Tls11), Throws.Exception);
#pragma warning restore CA5397, SYSLIB0039
        Assert.That(await ShownAsync(SslProtocols.Tls12), Is.EqualTo("CN=first"));
        Assert.That(await ShownAsync(SslProtocols.Tls13), Is.EqualTo("CN=first"));
    }

    [Test]
    public async Task New_files_are_used_without_a_restart_and_broken_ones_are_not()
    {
        var files = authority.Files("first");
        await File.WriteAllTextAsync(files.Key, "half a k");
        Assert.That(await ShownAsync(SslProtocols.Tls13), Is.EqualTo("CN=first"));
        var second = authority.Issue("second");
        File.Move(second.Key, files.Key, overwrite: true);
        File.Move(second.Certificate, files.Certificate, overwrite: true);
        await Eventually.TrueAsync(async () => await ShownAsync(SslProtocols.Tls13) == "CN=second", "the new certificate is shown");
    }

    /// <returns>The name of the certificate that the server shows.</returns>
    private async Task<string> ShownAsync(SslProtocols protocol)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(api.Address.Host, api.Address.Port);
        await using var stream = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = api.Address.Host, EnabledSslProtocols = protocol });
        return ((X509Certificate2)stream.RemoteCertificate!).Subject;
    }
}
