using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Net;
using OpsDb.Cli;
using OpsDb.Servers;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace OpsDb.Stack;

/// <summary>A mail server on 127.0.0.1 that delivers nothing: each message becomes a file.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    /// <param name="folder">Where the files come, 0001.eml and so on.</param>
    public MailSink(int port, string folder)
    {
        ServersHome.CreatePrivate(folder);
        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, port))).Build();
        var provider = new ServiceProvider();
        provider.Add((IMessageStore)new Folder(folder));
        running = new SmtpServer.SmtpServer(options, provider).StartAsync(stop.Token);
    }

    /// <summary>The process that the stack starts.</summary>
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Where it listens.", Required = true };
        var folder = new Option<string>("--folder") { Description = "Where the messages come.", Required = true };
        return new Command("mail", "Keep mail as files, for the messages of a stack.") { port, folder }.Does(async (r, ct) =>
        {
            await using var sink = new MailSink(r.GetRequiredValue(port), r.GetRequiredValue(folder));
            await Task.WhenAny(sink.running, Task.Delay(Timeout.Infinite, ct));
            if (sink.running.IsFaulted)
                throw new ServersException(sink.running.Exception.GetBaseException().Message);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private sealed class Folder(string folder) : MessageStore
    {
        private int last = Directory.GetFiles(folder, "*.eml").Length;

        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref last):0000}.eml");
            var unfinished = Path.Combine(folder, $".{name}");
            await File.WriteAllBytesAsync(unfinished, buffer.ToArray(), cancellationToken);
            File.Move(unfinished, Path.Combine(folder, name));
            return SmtpResponse.Ok;
        }
    }
}
