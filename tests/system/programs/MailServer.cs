using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using OpsDb.Servers;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace OpsDb.SystemTests.Programs;

/// <summary>A mail server that keeps what it gets.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Mailbox mailbox = new();
    private readonly int port = Ports.Next();
    private readonly Task running;

    private MailServer()
    {
        var options = new SmtpServerOptionsBuilder().ServerName("localhost")
            .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, port))).Build();
        var provider = new ServiceProvider();
        provider.Add((IMessageStore)mailbox);
        running = new SmtpServer.SmtpServer(options, provider).StartAsync(stop.Token);
    }

    /// <summary>Each message as it was sent.</summary>
    public IReadOnlyCollection<string> Received => mailbox.Messages;

    public (string Name, string Value)[] Settings =>
    [
        ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", $"{port}"), ("SMTP_SECURITY", "none"), ("SMTP_FROM", "OpsDb <opsdb@example.org>"),
    ];

    public static MailServer Start() => new();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private sealed class Mailbox : MessageStore
    {
        public ConcurrentQueue<string> Messages { get; } = new();

        public override Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            Messages.Enqueue(Encoding.UTF8.GetString(buffer));
            return Task.FromResult(SmtpResponse.Ok);
        }
    }
}
