using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Kernel;

/// <summary>Compares JSON with the type that it is to become, and collects every mistake by the member's path.</summary>
internal sealed class JsonForm(FieldErrors errors)
{
    private static readonly ConcurrentDictionary<Type, Dictionary<string, JsonPropertyInfo>> Members = new();

    /// <summary>Which members there are, when an unknown one was found.</summary>
    public string? Hint { get; private set; }

    /// <param name="value">Not null.</param>
    /// <param name="path">Empty for the whole body.</param>
    public void Check(JsonElement value, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonElement))
            return;
        var info = Json.Options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object when value.ValueKind == JsonValueKind.Object:
                CheckMembers(value, info, path);
                break;
            case JsonTypeInfoKind.Object:
                Add(path, $"is an object, not {Kind(value)}");
                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind == JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Check(item, info.ElementType!, JsonPath.Join(path, string.Create(CultureInfo.InvariantCulture, $"[{index++}]")));
                break;
            case JsonTypeInfoKind.Enumerable:
                Add(path, $"is a list, not {Kind(value)}");
                break;
            default:
                if (Wrong(value, type) is { } reason)
                    Add(path, reason);
                break;
        }
    }

    /// <summary>The same for a member, which may be null.</summary>
    public void CheckMember(JsonElement value, JsonPropertyInfo member, string path)
    {
        if (value.ValueKind != JsonValueKind.Null)
            Check(value, member.PropertyType, path);
        else if (!TakesNull(member))
            Add(path, "must not be null");
    }

    private static bool TakesNull(JsonPropertyInfo member) => member.PropertyType.IsValueType
        ? Nullable.GetUnderlyingType(member.PropertyType) is not null
        : member.AssociatedParameter?.IsNullable ?? member.IsSetNullable;

    private static Dictionary<string, JsonPropertyInfo> MembersOf(JsonTypeInfo info) =>
        info.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null).ToDictionary(p => p.Name);

    private void CheckMembers(JsonElement value, JsonTypeInfo info, string path)
    {
        var members = Members.GetOrAdd(info.Type, _ => MembersOf(info));
        foreach (var given in value.EnumerateObject())
        {
            var where = JsonPath.Join(path, given.Name);
            if (members.TryGetValue(given.Name, out var member))
            {
                CheckMember(given.Value, member, where);
            }
            else
            {
                Add(where, "is an unknown field");
                Hint ??= $"The fields {(path.Length == 0 ? "" : $"of {Excerpt.Of(path)} ")}are {string.Join(", ", members.Keys)}.";
            }
        }
        foreach (var member in members.Values.Where(m => m.IsRequired || m.AssociatedParameter is { HasDefaultValue: false }))
        {
            if (!value.TryGetProperty(member.Name, out _))
                Add(JsonPath.Join(path, member.Name), "is missing");
        }
    }

    private void Add(string path, string reason) => errors.Add(path, path.Length == 0 ? $"The body {reason}." : reason);

    /// <summary>What is wrong with a value that is neither an object nor a list.</summary>
    private static string? Wrong(JsonElement value, Type type) =>
        ColumnType.Find(type) is { } known ? known.Fault(value)
        : CannotBeRead(value, type) ? $"has a value of the wrong type, {Kind(value)}"
        : null;

    private static bool CannotBeRead(JsonElement value, Type type)
    {
        try
        {
            value.Deserialize(type, Json.Incoming);
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    /// <summary>A value as a refusal quotes it.</summary>
    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"'{Excerpt.Of(value.GetString()!)}'",
        JsonValueKind.Number => Excerpt.Of(value.GetRawText()),
        _ => Kind(value),
    };

    /// <summary>What a value is.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };
}
