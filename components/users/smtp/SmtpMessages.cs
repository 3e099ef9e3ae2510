using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using OpsDb.Kernel;

namespace OpsDb.Users.Smtp;

/// <summary>Messages as mail, one connection for those of a run.</summary>
internal sealed class SmtpMessages(SmtpOptions options) : IMessageChannel, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly SmtpClient client = new() { Timeout = (int)Limit.TotalMilliseconds };

    public bool Takes(Message message) => message.Email is not null;

    public async Task SendAsync(Message message, CancellationToken ct)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(ct);
        clock.CancelAfter(Limit);
        try
        {
            if (!client.IsConnected)
                await client.ConnectAsync(options.Host, options.Port, Security(), clock.Token);
            if (options.User.Length > 0 && !client.IsAuthenticated)
                await client.AuthenticateAsync(options.User, options.Password, clock.Token);
            await client.SendAsync(Mail(message), clock.Token);
        }
        catch (SmtpCommandException e) when (e.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted)
        {
            throw new UndeliverableException($"the mail server refuses it: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"the mail server {options.Host} did not answer within {Limit.TotalSeconds} s", e);
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolException or CommandException or AuthenticationException
            or SslHandshakeException or ServiceNotConnectedException or NotSupportedException)
        {
            throw new NoAnswerException($"the mail server {options.Host} cannot be used: {e.GetBaseException().Message}", e);
        }
    }

    public void Dispose() => client.Dispose();

    private SecureSocketOptions Security() => options.Security switch
    {
        SmtpSecurity.Starttls => SecureSocketOptions.StartTls,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.None,
    };

    private MimeMessage Mail(Message message)
    {
        var from = MailboxAddress.Parse(options.From);
        return new MimeMessage([from], [MailboxAddress.Parse(message.Email!)], message.Subject, new TextPart("plain") { Text = message.Body })
        {
            MessageId = $"{message.Id}@{from.Domain}",
            // What answers mail by itself leaves this one alone.
            Headers = { { "Auto-Submitted", "auto-generated" } },
        };
    }
}

internal static class MailAddress
{
    public static bool IsOne(string text) => MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal);
}

public static class SmtpRegistration
{
    public static IServiceCollection AddSmtpMessages(this IServiceCollection services, SmtpOptions options) =>
        options.Host.Length == 0 ? services : services.AddSingleton(options).AddScoped<IMessageChannel, SmtpMessages>();
}
