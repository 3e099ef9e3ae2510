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
    private TestInstallation installation = null!;
    private TestApi api = null!;

    [SetUp]
    public async Task Start()
    {
        installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
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
        Assert.That(await ShownAsync(SslProtocols.Tls12), Is.EqualTo("CN=first"));
        Assert.That(await ShownAsync(SslProtocols.Tls13), Is.EqualTo("CN=first"));
        // The client's own library may refuse to ask for the older ones: the same bytes are sent for both (RFC 5246, 7.4.1.2).
        const byte handshake = 22, alert = 21, protocolVersion = 70;
        Assert.That((await AnswerToHelloAsync(minor: 3))[0], Is.EqualTo(handshake));
        foreach (var older in (byte[])[2, 1])
        {
            var answer = await AnswerToHelloAsync(older);
            Assert.That((answer[0], answer[^1]), Is.EqualTo((alert, protocolVersion)));
        }
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

    /// <summary>
    /// Sends a ClientHello for version 3.minor (3.3 is TLS 1.2, 3.2 TLS 1.1) and gives the first seven bytes of the answer: its type, and the
    /// description if it is an alert.
    /// </summary>
    private async Task<byte[]> AnswerToHelloAsync(byte minor)
    {
        // ECDHE with ECDSA or RSA, with AES-GCM and, for the older versions, AES-CBC; P-256, P-384, X25519; ECDSA and RSA with SHA-256, RSA with SHA-1.
        byte[] suites = [0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x2f];
        byte[] extensions = [0, 10, 0, 8, 0, 6, 0, 23, 0, 24, 0, 29, 0, 11, 0, 2, 1, 0, 0, 13, 0, 10, 0, 8, 4, 3, 4, 1, 8, 4, 2, 1];
        byte[] hello = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        byte[] message = [1, 0, 0, (byte)hello.Length, .. hello];
        using var client = new TcpClient();
        await client.ConnectAsync(api.Address.Host, api.Address.Port);
        await client.GetStream().WriteAsync((byte[])[22, 3, 1, 0, (byte)message.Length, .. message]);
        var answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer);
        return answer;
    }
}
