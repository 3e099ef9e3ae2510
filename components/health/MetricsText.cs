using System.Globalization;
using System.Text;
using OpsDb.Kernel;

namespace OpsDb.Health;

/// <summary>Measurements as Prometheus reads them: its text format, version 0.0.4.</summary>
public static class MetricsText
{
    public const string MediaType = "text/plain; version=0.0.4";

    public static string Of(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP opsdb_{metric.Name} {metric.Help}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE opsdb_{metric.Name} {metric.Kind.ToString().ToLowerInvariant()}\n");
            foreach (var sample in metric.Samples)
            {
                var labels = string.Join(',', sample.Labels.Select(l => $"{l.Name}=\"{Escape(l.Value)}\""));
                text.Append(CultureInfo.InvariantCulture, $"opsdb_{metric.Name}{sample.Suffix}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {sample.Value}\n");
            }
        }
        return text.ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
