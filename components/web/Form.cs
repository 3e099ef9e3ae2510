using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>A body of fields, as clients of OAuth send it.</summary>
/// <param name="Fields">Of several with one name none is there.</param>
public sealed record Form(IReadOnlyDictionary<string, string> Fields)
{
    private const string Type = "application/x-www-form-urlencoded";
    private const int MaxFields = 20, MaxName = 100, MaxValue = 8192;

    public static async ValueTask<Form?> BindAsync(HttpContext context)
    {
        var bytes = await RequestBody.ReadAsync(context, [Type], context.RequestAborted);
        try
        {
            using var reader = new FormReader(Encoding.UTF8.GetString(bytes.Span))
            {
                ValueCountLimit = MaxFields,
                KeyLengthLimit = MaxName,
                ValueLengthLimit = MaxValue,
            };
            var read = await reader.ReadFormAsync(context.RequestAborted);
            return new(read.Where(f => f.Value.Count == 1).ToDictionary(f => f.Key, f => f.Value.ToString()));
        }
        catch (InvalidDataException)
        {
            throw new RefusalException(Problems.MalformedBody, $"The form has more than {MaxFields} fields, or one that is too long.");
        }
    }

    /// <summary>Null where it is not given, or empty.</summary>
    public string? Find(string name) => Fields.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
