using System.Text;
using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>Registrations of many files, as they are sent, and what the history says of them.</summary>
internal static class DataWrites
{
    /// <summary>What all files of a request have in common.</summary>
    private static readonly string[] OfAll = ["executed_obs_unit_id", "instrument_module_id", "source_location_id"];

    /// <summary>Files of one execution, and their package if there is a part.</summary>
    /// <param name="files">With all of their fields.</param>
    public static WriteRequest Register(Guid key, string execution, int? part, IReadOnlyList<Fields> files)
    {
        var body = new Fields([.. files[0].All.Where(f => OfAll[1..].Contains(f.Name)),
            ("files", $"[{string.Join(',', files.Select(f => new Fields([.. f.All.Where(v => !OfAll.Contains(v.Name))])))}]")]);
        if (part is { } number)
            body = body.With("package", $"{{\"part_number\":{number}}}");
        var package = part is null ? "" : $"{Package(execution, part.Value)},";
        return new("data", Entity.Files, HttpMethod.Post, $"{Entity.Executions.Path}/{execution.Trim('"')}/data", body.Object, null, key,
            Encoding.UTF8.GetBytes($"[{package}{string.Join(',', files.Select(f => File(f, part is not null)))}]"))
        {
            Shows = Shown,
        };
    }

    /// <summary>Files of any executions, which belong to no package yet.</summary>
    public static WriteRequest RegisterMany(Guid key, IReadOnlyList<Fields> files) =>
        new("bulk", Entity.Files, HttpMethod.Post, $"{Entity.Files.Path}/bulk", new Fields(("items", $"[{string.Join(',', files)}]")).Object, null, key,
            Encoding.UTF8.GetBytes($"[{string.Join(',', files.Select(f => File(f, isPackaged: false)))}]"))
        {
            Shows = Shown,
        };

    private static string Package(string execution, int part)
    {
        var set = new Fields(("executed_obs_unit_id", execution), ("instrument_module_id", "1"), ("part_number", $"{part}"));
        var made = new Fields(("finalized_at", "null"), ("build_status", "\"pending\""));
        return $$"""{"entity":"raw_data_packages","action":"ensure"{{Entity.Packages.Naming}},"set":{{set}},"new":{{made}}}""";
    }

    /// <param name="isPackaged">It belongs to the package that is the first of the writes.</param>
    private static string File(Fields file, bool isPackaged)
    {
        var package = isPackaged ? ",\"refers\":{\"raw_data_package_id\":0}" : ",\"new\":{\"raw_data_package_id\":null}";
        return $$"""{"entity":"raw_data_files","action":"ensure"{{Entity.Files.Naming}},"set":{{file}}{{package}}}""";
    }

    /// <summary>The package, if there is one, and the files, in the order of the writes.</summary>
    private static List<AnswerRow> Shown(ReadOnlyMemory<byte> body)
    {
        var answer = JsonSerializer.Deserialize<JsonElement>(body.Span);
        var files = answer.GetProperty("ids").EnumerateArray().Select(id => AnswerRow.OfId(id.GetGuid()));
        return answer.TryGetProperty("package", out var package) && package.ValueKind == JsonValueKind.String
            ? [AnswerRow.OfId(package.GetGuid()), .. files]
            : [.. files];
    }
}
