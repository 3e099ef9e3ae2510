using System.Reflection;
using System.Text.RegularExpressions;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>Of the programs that take part.</summary>
internal static partial class Versions
{
    /// <summary>By name.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(CancellationToken ct)
    {
        var product = typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var (postgres, redis) = (Path.Combine(await ServerBinaries.FindPostgresAsync(ct), "postgres"), await ServerBinaries.FindRedisAsync(ct));
        return new Dictionary<string, string>
        {
            ["OpsDb"] = product,
            [".NET"] = Environment.Version.ToString(),
            ["PostgreSQL"] = await OfAsync(postgres, ct),
            ["Redis"] = await OfAsync(redis, ct),
        }.Concat(await Peer.VersionsAsync(ct)).ToDictionary();
    }

    private static async Task<string> OfAsync(string program, CancellationToken ct) =>
        Number().Match(await ProgramRun.ReadAsync([program, "--version"], ct: ct)).Value;

    [GeneratedRegex(@"\d+\.\d[\d.]*")]
    private static partial Regex Number();
}
