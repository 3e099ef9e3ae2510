using System.Globalization;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The header <c>Prefer</c> (RFC 7240). What is not known or not understood is ignored, as the RFC wants it.</summary>
/// <param name="Wait">How long the caller would wait, at most 30 s.</param>
/// <param name="Stale">Whether the caller takes an older state rather than none.</param>
public sealed record Preferences(TimeSpan? Wait, bool Stale)
{
    private const int MaxWaitS = 30;

    public static Preferences Read(HttpRequest request)
    {
        TimeSpan? wait = null;
        var stale = false;
        foreach (var preference in request.Headers["Prefer"].SelectMany(line => (line ?? "").Split(',')))
        {
            var parts = preference.Split(';')[0].Split('=', 2);
            var value = parts.Length > 1 ? parts[1].Trim().Trim('"') : "";
            switch (parts[0].Trim().ToLowerInvariant())
            {
                // Of a preference that is given twice the first one counts.
                case "wait" when wait is null && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds):
                    wait = TimeSpan.FromSeconds(Math.Min(seconds, MaxWaitS));
                    break;
                case "stale":
                    stale = true;
                    break;
            }
        }
        return new(wait, stale);
    }

    /// <summary>Tells the caller that a preference has decided what the answer is.</summary>
    public static void Applied(HttpResponse response, string preference) => response.Headers.Append("Preference-Applied", preference);
}

/// <summary>The endpoint reads the site's state, and the caller can say how new it has to be.</summary>
public sealed class ReadsState
{
    public const string AtLeast = "OpsDb-Min-Consistency";

    public static Freshness Wanted(HttpRequest request)
    {
        var preferences = Preferences.Read(request);
        return request.Headers[AtLeast] switch
        {
            [] => new(null, preferences.Wait, preferences.Stale),
            [{ } token] => new(token, preferences.Wait, preferences.Stale),
            _ => throw new RefusalException(Problems.MalformedHeader, $"{AtLeast} is given once."),
        };
    }
}
