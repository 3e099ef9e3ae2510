using OpsDb.Kernel;

namespace OpsDb.Users.Smtp;

/// <summary>How the connection to the mail server is kept from others.</summary>
public enum SmtpSecurity
{
    /// <summary>It begins in the clear and goes on encrypted, or not at all.</summary>
    Starttls,

    /// <summary>It is encrypted from the beginning.</summary>
    Tls,

    /// <summary>It is not: for a server on this machine.</summary>
    None,
}

/// <summary>Through which server mail is sent.</summary>
/// <param name="Host">Empty for none.</param>
/// <param name="From">Who writes.</param>
public sealed record SmtpOptions(string Host, int Port, SmtpSecurity Security, string User, string Password, string From)
{
    public static SmtpOptions Read(Settings settings)
    {
        var host = settings.Text("SMTP_HOST", "", "mail server through which users are told what concerns them; empty: no mail");
        var options = new SmtpOptions(
            host,
            settings.Integer("SMTP_PORT", 587, 1, 65535, "its port"),
            settings.Choice<SmtpSecurity>("SMTP_SECURITY", SmtpSecurity.Starttls, "how the connection to it is encrypted; none only on this machine"),
            settings.Text("SMTP_USER", "", "as whom OpsDb logs in there; empty: it does not"),
            settings.OptionalSecret("SMTP_PASSWORD", "password of SMTP_USER"),
            settings.Text("SMTP_FROM", "", "who writes, such as `OpsDb <opsdb@example.org>`", v => v.Length == 0 || MailAddress.IsOne(v) ? null
                : "is a mail address such as OpsDb <opsdb@example.org>"));
        if (host.Length > 0 && options.From.Length == 0)
            settings.Mistake("SMTP_HOST needs SMTP_FROM");
        if (host.Length > 0 && options.Security == SmtpSecurity.None && !Loopback.Is(host))
            settings.Mistake("SMTP_SECURITY is none for a server that is not on this machine: use starttls or tls");
        if (options.User.Length > 0 != options.Password.Length > 0)
            settings.Mistake("SMTP_USER and SMTP_PASSWORD are given together");
        return options;
    }

    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => Host;
}
