using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// What the path and the query string of every request may be: once the escapes are undone, UTF-8 without U+0000. Without
/// this, what is not would be replaced by other characters, or be refused by the database.
/// </summary>
internal static class AddressRules
{
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        // Where nothing is, nothing can be wrong.
        if (context.GetEndpoint() is not null && Fault(context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "") is { } fault)
            throw new RefusalException(Problems.MalformedParameter, $"The address {fault}.");
        return next(context);
    }

    private static string? Fault(string target)
    {
        if (!target.Contains('%'))
            return null;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(target.Length)];
        var length = 0;
        for (var i = 0; i < target.Length; i++)
        {
            if (target[i] != '%')
            {
                length += Encoding.UTF8.GetBytes(target.AsSpan(i, 1), bytes.AsSpan(length));
                continue;
            }
            if (i + 2 >= target.Length || !char.IsAsciiHexDigit(target[i + 1]) || !char.IsAsciiHexDigit(target[i + 2]))
                return "has a % that two hexadecimal digits do not follow; a % itself is written as %25";
            if ((bytes[length++] = Convert.FromHexString(target.AsSpan(i + 1, 2))[0]) == 0)
                return "has the character U+0000 (%00), which is in nothing that OpsDb stores";
            i += 2;
        }
        return Utf8.IsValid(bytes.AsSpan(0, length)) ? null : "has escaped bytes that are not UTF-8";
    }
}
