using System.Text;
using OpsDb.Kernel;

namespace OpsDb.Cli;

/// <summary>The reference table of settings, made from the reading of them.</summary>
public static class SettingsTable
{
    public static string Markdown(IEnumerable<Setting> settings)
    {
        var text = new StringBuilder("| name | values | default | meaning |\n|---|---|---|---|\n");
        foreach (var setting in settings)
        {
            var standard = setting.Default.Length == 0 ? "(empty)" : $"`{setting.Default}`";
            text.Append($"| `{setting.Name}` | {setting.Type} | {standard} | {setting.Description} |\n");
        }
        return text.ToString();
    }
}
