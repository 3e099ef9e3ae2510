using System.Text;
using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>What is done with packages, as it is sent, and what the history says of it.</summary>
internal static class PackageWrites
{
    /// <param name="count">How many files it should have; null when that is not said.</param>
    /// <param name="takesAll">Files of the execution that are in no package come into it first.</param>
    public static WriteRequest Finalize(Guid key, string id, string execution, int? count, bool takesAll)
    {
        var (body, set) = (new Fields(("take_all", takesAll ? "true" : "false")), new Fields(("next_step", "\"packing\"")));
        if (count is { } files)
            (body, set) = (body.With("file_count", $"{files}"), set.With("file_count", $"{files}"));
        var loose = new Fields(("executed_obs_unit_id", execution), ("instrument_module_id", "1"), ("raw_data_package_id", "null"));
        var taken = !takesAll ? "" : $",{Each(Entity.Files, loose, new(("raw_data_package_id", id)))}";
        return Of("finalize", id, body, key, "\"finalized_at\":null", set, "\"finalized_at\",\"file_count\",\"size_bytes\",\"since\"", taken);
    }

    /// <param name="to">The new build status.</param>
    /// <param name="from">The only one that leads there; null when there are several.</param>
    /// <param name="more">What else is said: a reason, or a checksum.</param>
    public static WriteRequest Move(Guid key, string id, string to, string? from, Fields more)
    {
        var body = new Fields(("build_status", Fields.Text(to))).With(more);
        var set = body;
        foreach (var cleared in new[] { "reason", "next_step", "deadline" }.Where(f => !body.Has(f)))
            set = set.With(cleared, "null");
        return Of("move", id, body, key, from is null ? null : $"\"build_status\":\"{from}\"", set, "\"since\",\"attempt\",\"checksum_algorithm\"");
    }

    /// <param name="verb">retry or reset.</param>
    public static WriteRequest Restart(string verb, Guid key, string id, string reason) => Of(verb, id, new(("reason", reason)), key,
        verb == "retry" ? "\"build_status\":\"failed\"" : null, Restarted(verb, reason), "\"since\"");

    /// <summary>The same of all packages of an execution that have not been packed, and have begun to be or failed.</summary>
    public static WriteRequest RestartMany(string verb, Guid key, string execution, string reason)
    {
        string[] states = verb == "retry" ? ["failed"] : ["scheduled", "in_progress", "failed"];
        var where = new Fields(("executed_obs_unit_id", execution), ("build_status", $"[{string.Join(',', states.Select(Fields.Text))}]"));
        return new($"{verb}_many", Entity.Packages, HttpMethod.Post,
            $"{Entity.Packages.Path}/{verb}?executed_obs_unit_id={execution.Trim('"')}&build_status={string.Join(',', states)}",
            new Fields(("reason", reason)).Object, null, key,
            Encoding.UTF8.GetBytes($"[{Each(Entity.Packages, where, Restarted(verb, reason), "\"since\"")}]"))
        {
            Shows = body => [.. JsonSerializer.Deserialize<JsonElement>(body.Span).GetProperty("items").EnumerateArray()
                .Select(i => AnswerRow.OfId(i.GetProperty("id").GetGuid()))],
        };
    }

    /// <summary>A change of all rows that match.</summary>
    private static string Each(Entity entity, Fields where, Fields set, string open = "") =>
        $$"""{"entity":"{{entity.Name}}","action":"each","where":{{where}},"set":{{set}},"open":[{{open}}]}""";

    private static Fields Restarted(string verb, string reason)
    {
        var set = new Fields(("build_status", "\"pending\""), ("next_step", "\"packing\""), ("reason", reason), ("deadline", "null"));
        return verb == "reset" ? set.With("attempt", "0") : set;
    }

    /// <param name="from">The field and the value that it must have had; null when that is not known.</param>
    /// <param name="taken">Further writes.</param>
    private static WriteRequest Of(string verb, string id, Fields body, Guid key, string? from, Fields set, string open, string taken = "")
    {
        var was = from is null ? "" : $",\"from\":{{{from}}}";
        return new(verb, Entity.Packages, HttpMethod.Post, $"{Entity.Packages.Path}/{id.Trim('"')}/{verb}", body.Object, null, key,
            Encoding.UTF8.GetBytes(
                $$"""[{"entity":"raw_data_packages","id":{{id}},"action":"update"{{was}},"set":{{set}},"open":[{{open}}]}{{taken}}]"""));
    }
}
