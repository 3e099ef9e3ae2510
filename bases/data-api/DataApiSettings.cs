using OpsDb.Kernel;
using OpsDb.Sessions;
using OpsDb.SiteBase;
using OpsDb.Web;

namespace OpsDb.DataApi;

/// <summary>Everything that the data API is told from outside.</summary>
public sealed record DataApiSettings : SiteSettings
{
    private DataApiSettings(SiteSettings site) : base(site) { }

    public required ProviderOptions Providers { get; init; }

    public required WebOptions Web { get; init; }

    /// <summary>Where the main database is, for operators.</summary>
    public required string MainHost { get; init; }

    /// <summary>Where the site's database is, for operators.</summary>
    public required string LocalHost { get; init; }

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static new DataApiSettings Read(Settings settings) => new(SiteSettings.Read(settings))
    {
        Providers = ProviderOptions.Read(settings),
        Web = WebOptions.Read(settings),
        MainHost = settings.Text("MAIN_DB_HOST", "", ""),
        LocalHost = settings.Text("LOCAL_DB_HOST", "", ""),
    };
}
