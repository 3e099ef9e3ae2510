using OpsDb.Cli;
using OpsDb.Kernel;
using OpsDb.SiteBase;

namespace OpsDb.BackgroundJobs;

/// <summary>The settings that the jobs have besides those of every program of a site.</summary>
public static class JobsReference
{
    public static string Markdown()
    {
        var (all, site) = (Nothing(), Nothing());
        JobsSettings.Read(all);
        SiteSettings.Read(site);
        return SettingsTable.Markdown(all.Known.ExceptBy(site.Known.Select(s => s.Name), s => s.Name));

        static Settings Nothing() => new(name => name switch { "SITE_TYPE" => "secondary", _ => null });
    }
}
