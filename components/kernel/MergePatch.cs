using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>A JSON merge patch (RFC 7396) of a row: null clears a field, an absent field stays.</summary>
public sealed record MergePatch<T>(JsonElement Document) where T : Row, IRow<T>
{
    /// <summary>The row after the patch.</summary>
    /// <exception cref="DomainException">malformed-body, naming each field that is unknown or cannot be changed.</exception>
    public T Apply(T row)
    {
        if (Document.ValueKind != JsonValueKind.Object)
            throw new DomainException(Problems.MalformedBody, "A merge patch is a JSON object.");
        var columns = T.Table.Write(row).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var errors = new Dictionary<string, string[]>();
        foreach (var field in Document.EnumerateObject())
        {
            if (T.Table.Patchable.Contains(field.Name))
                columns[field.Name] = field.Value;
            else
                errors[field.Name] = [$"{(columns.ContainsKey(field.Name) ? "cannot be changed" : "is not a field of this resource")}; PATCH takes {string.Join(", ", T.Table.Patchable)}"];
        }
        if (errors.Count > 0)
            throw DomainException.Fields(Problems.MalformedBody, errors);
        try
        {
            return Json.ToElement(columns).Deserialize<T>(Json.Incoming)! with { TransactionId = row.TransactionId };
        }
        catch (JsonException e)
        {
            throw JsonProblem.From(e);
        }
        catch (InvalidOperationException)
        {
            throw new DomainException(Problems.MalformedBody, "The body has text that is not valid Unicode.");
        }
    }
}

/// <summary>Tells the caller where and why JSON could not be read.</summary>
public static class JsonProblem
{
    public static DomainException From(JsonException e)
    {
        var field = e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
        // The serializer appends its own position; ours is clearer and does not name .NET types.
        var message = e.Message.Split(" Path: ")[0];
        var reason = e is UnacceptableValueException ? message
            : message.Contains("could not be converted to", StringComparison.Ordinal) ? "has a value of the wrong type"
            : message.Contains("missing required properties", StringComparison.Ordinal) ? $"misses {string.Join(", ", message.Split('\'').Where((_, i) => i % 2 == 1).Skip(1))}"
            : message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) ? $"has the unknown field {message.Split('\'')[1]}"
            : message.Contains("uplicate", StringComparison.Ordinal) ? "has a field twice"
            : message.Contains("doesn't allow setting null", StringComparison.Ordinal) || message.Contains("null", StringComparison.OrdinalIgnoreCase) ? "must not be null"
            : "is not valid JSON";
        var place = e.LineNumber is { } line ? $" (line {line + 1}, byte {e.BytePositionInLine + 1})" : "";
        return new(Problems.MalformedBody, $"The body{(field.Length > 0 ? $"'s {field}" : "")} {reason}{place}.")
        {
            Errors = new Dictionary<string, string[]> { [field] = [reason] },
        };
    }
}
