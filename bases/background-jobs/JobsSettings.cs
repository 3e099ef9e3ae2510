using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.SiteBase;
using OpsDb.Users.Http;
using OpsDb.Users.Smtp;

namespace OpsDb.BackgroundJobs;

/// <summary>Everything that the background jobs are told from outside: what the data API of the site is, and how messages go out.</summary>
public sealed record JobsSettings : SiteSettings
{
    private JobsSettings(SiteSettings site) : base(site) { }

    public required JobOptions Jobs { get; init; }

    public required WorkOptions Work { get; init; }

    public required PackageOptions Packaging { get; init; }

    public required BundleOptions Bundles { get; init; }

    public required VerifyOptions Verification { get; init; }

    public required ReconcileOptions Reconciliation { get; init; }

    public required SmtpOptions Smtp { get; init; }

    public required MessageWebhookOptions Webhook { get; init; }

    public required CredentialOptions Credentials { get; init; }

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static new JobsSettings Read(Settings settings)
    {
        var site = SiteSettings.Read(settings);
        return new(site)
        {
            Jobs = JobOptions.Read(settings),
            Work = WorkOptions.Read(settings, site.Site),
            Packaging = PackageOptions.Read(settings),
            Bundles = BundleOptions.Read(settings),
            Verification = VerifyOptions.Read(settings),
            Reconciliation = ReconcileOptions.Read(settings),
            Smtp = SmtpOptions.Read(settings),
            Webhook = MessageWebhookOptions.Read(settings),
            Credentials = CredentialOptions.Read(settings),
        };
    }
}
