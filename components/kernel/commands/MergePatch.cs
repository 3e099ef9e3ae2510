using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>A JSON merge patch (RFC 7396) of a row: null clears a field, an absent field stays.</summary>
/// <param name="Document">As <see cref="IncomingJson"/> has read it.</param>
public sealed record MergePatch<T>(JsonElement Document) where T : Row, IRow<T>
{
    /// <summary>The row after the patch.</summary>
    /// <exception cref="RefusalException">malformed-body, naming the fields that are unknown, cannot be changed, or have another form.</exception>
    public T Apply(T row)
    {
        if (Document.ValueKind != JsonValueKind.Object)
            throw new RefusalException(Problems.MalformedBody, "A merge patch is a JSON object.");
        var columns = T.Table.Write(row).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var members = Json.Options.GetTypeInfo(typeof(T)).Properties;
        var errors = new FieldErrors();
        var form = new JsonForm(errors);
        string? hint = null;
        foreach (var field in Document.EnumerateObject())
        {
            if (T.Table.Patchable.Contains(field.Name))
            {
                form.CheckMember(field.Value, members.First(m => m.Name == field.Name), field.Name);
                columns[field.Name] = field.Value;
            }
            else
            {
                var isShown = T.Table.Columns.Any(c => !c.IsPrivate && c.Name == field.Name);
                errors.Add(field.Name, isShown ? "cannot be changed" : "is not a field of this resource");
                hint ??= $"PATCH takes {string.Join(", ", T.Table.Patchable)}.";
            }
        }
        errors.ThrowIfAny(Problems.MalformedBody, hint ?? form.Hint);
        return Json.ToElement(columns).Deserialize<T>(Json.Incoming)! with { TransactionId = row.TransactionId };
    }
}
