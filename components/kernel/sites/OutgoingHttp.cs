using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>How OpsDb asks servers of others, which may answer anything.</summary>
public static class OutgoingHttp
{
    /// <summary>A client that follows no redirection and keeps no cookies. Time limits are the caller's.</summary>
    /// <param name="connections">How many it opens to one server.</param>
    public static HttpClient Create(int connections) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = connections,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "OpsDb" }, { "Accept", "application/json" } },
    };

    /// <summary>The JSON of an answer with the status 200.</summary>
    /// <param name="limit">From the question to the last byte: whoever sends one a second has not answered.</param>
    /// <param name="most">Bytes of the answer.</param>
    /// <exception cref="NoAnswerException">There is none.</exception>
    public static async Task<JsonElement> AskAsync(this HttpClient http, HttpRequestMessage question, TimeSpan limit, int most, CancellationToken ct)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(ct);
        clock.CancelAfter(limit);
        try
        {
            using var answer = await http.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, clock.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw new NoAnswerException(FormattableString.Invariant($"answered with the status {(int)answer.StatusCode}"));
            await using var stream = await answer.Content.ReadAsStreamAsync(clock.Token);
            var bytes = new byte[most + 1];
            var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, clock.Token);
            if (length > most)
                throw new NoAnswerException($"answered more than {most} bytes");
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return document.RootElement.Clone();
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException(FormattableString.Invariant($"did not answer within {limit.TotalSeconds} s"), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new NoAnswerException("cannot be reached", e);
        }
        catch (JsonException e)
        {
            throw new NoAnswerException("answered what is no JSON", e);
        }
    }

    /// <summary>
    /// Posts JSON that the receiver can tell to be ours: the header <c>OpsDb-Signature</c> is <c>t=SECONDS,v1=MAC</c>, the HMAC-SHA-256 of
    /// <c>SECONDS.BODY</c> in hexadecimal digits.
    /// </summary>
    /// <param name="limit">From the question to the status.</param>
    /// <exception cref="NoAnswerException">It was not received: another time it may be.</exception>
    /// <exception cref="UndeliverableException">It was refused.</exception>
    public static async Task PostSignedAsync(
        this HttpClient http, Uri address, string body, string secret, DateTimeOffset now, TimeSpan limit, CancellationToken ct)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(ct);
        clock.CancelAfter(limit);
        using var question = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "OpsDb-Signature", $"t={seconds},v1={Convert.ToHexStringLower(mac)}" } },
        };
        try
        {
            using var answer = await http.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, clock.Token);
            var status = (int)answer.StatusCode;
            if (status is 408 or 429 or >= 500)
                throw new NoAnswerException(FormattableString.Invariant($"the webhook answered with the status {status}"));
            if (status is not (>= 200 and < 300))
                throw new UndeliverableException(FormattableString.Invariant($"the webhook refuses it with the status {status}"));
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"the webhook did not answer within {limit.TotalSeconds} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new NoAnswerException("the webhook cannot be reached", e);
        }
    }

    /// <summary>Why a server at this address must not be told secrets or asked for keys; null when it may, or where there is no address.</summary>
    public static string? AddressFault(string text) =>
        text.Length == 0 || Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { UserInfo: "", Fragment: "" }
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp && Loopback.Is(address.DnsSafeHost))
            ? null
            : $"is an https address, not '{text}'; http only on this machine";

    /// <summary>A text of an answer; null where it has none of that name.</summary>
    public static string? Text(this JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>A server of others cannot be asked, or has not answered as it should.</summary>
/// <param name="fault">What goes on after the server's name.</param>
public class NoAnswerException(string fault, Exception? cause = null) : Exception(fault, cause);

/// <summary>A message was refused by whoever takes messages.</summary>
public sealed class UndeliverableException(string reason, Exception? cause = null) : Exception(reason, cause);
