using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Programs;

/// <summary>A mail server that keeps what it gets.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-mail-").FullName;
    private readonly int port = Ports.Next();
    private readonly MailSink sink;

    private MailServer() => sink = new(port, folder);

    /// <summary>Each message as it was sent.</summary>
    public IReadOnlyCollection<string> Received => [.. Directory.GetFiles(folder, "0*.eml").Order().Select(File.ReadAllText)];

    public (string Name, string Value)[] Settings =>
    [
        ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", $"{port}"), ("SMTP_SECURITY", "none"), ("SMTP_FROM", "OpsDb <opsdb@example.org>"),
    ];

    public static MailServer Start() => new();

    public async ValueTask DisposeAsync()
    {
        await sink.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
