using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Cli;

/// <summary>What a program is told from outside.</summary>
public static class OutsideSettings
{
    /// <summary>Environment variables first, then <c>.env</c>, then <c>opsdb.json</c>, both in the working directory.</summary>
    /// <exception cref="SettingsException">A file is there and cannot be read.</exception>
    public static Settings Read()
    {
        var file = ReadFile(".env", path => ReadEnv(File.ReadAllLines(path)));
        var json = ReadFile("opsdb.json", path => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(path)) ?? []);
        return new(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
            : file.TryGetValue(name, out var fromFile) ? fromFile
            : json.TryGetValue(name, out var element) ? element.ToString() : null);
    }

    private static Dictionary<string, T> ReadFile<T>(string path, Func<string, Dictionary<string, T>> read)
    {
        try
        {
            return File.Exists(path) ? read(path) : [];
        }
        catch (JsonException e)
        {
            throw new SettingsException([$"{path} is not a JSON object of names and values (line {e.LineNumber + 1})"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"{path} cannot be read: {e.Message}"]);
        }
    }

    private static Dictionary<string, string> ReadEnv(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#' && l.Contains('=', StringComparison.Ordinal)))
        {
            var parts = line.Split('=', 2);
            values[parts[0].Trim()] = parts[1].Trim().Trim('"');
        }
        return values;
    }

    /// <summary>The same, made into the settings of a program, if they have no mistakes.</summary>
    /// <exception cref="SettingsException">They have; all mistakes at once.</exception>
    public static T Read<T>(Func<Settings, T> read)
    {
        var settings = Read();
        var made = read(settings);
        return settings.Mistakes.Count == 0 ? made : throw new SettingsException(settings.Mistakes);
    }
}
