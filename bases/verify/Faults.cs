using System.Text.Json;

namespace OpsDb.Verify;

/// <summary>A fault that may lose something by its nature.</summary>
/// <param name="Site">Whose.</param>
/// <param name="Loses">log: entries of the site's log; main: what the main site alone has written and not replicated.</param>
internal sealed record Fault(string Name, string Site, string Loses, long Begin, long End);

/// <summary>Reads faults.jsonl as docs/history-format.md describes it.</summary>
internal static class Faults
{
    public static IReadOnlyList<Fault> Read(string path, out int count)
    {
        var losing = new List<Fault>();
        count = 0;
        if (!File.Exists(path))
            return losing;
        using var lines = new JsonLines(path);
        for (; lines.Next(); count++)
        {
            try
            {
                using var line = JsonDocument.Parse(lines.Line.ToArray());
                var root = line.RootElement;
                var loses = root.TryGetProperty("may_lose", out var named) ? named.GetString() : null;
                if (loses is not (null or "log" or "main"))
                    throw new JsonException("may_lose is log or main");
                var end = root.TryGetProperty("end", out var ended) && ended.ValueKind == JsonValueKind.Number ? ended.GetInt64() : long.MaxValue;
                if (loses is not null)
                {
                    var site = root.GetProperty("target").GetString()!.Split('/')[0];
                    losing.Add(new(root.GetProperty("fault").GetString()!, site, loses, root.GetProperty("begin").GetInt64(), end));
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw lines.Unusable($"is not a fault: {e.Message}");
            }
        }
        return losing;
    }
}
