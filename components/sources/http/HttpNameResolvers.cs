using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Sources.Http;

/// <summary>The resolvers that the settings name, and no other address: a redirection is not followed.</summary>
internal sealed class HttpNameResolvers : INameResolvers, IDisposable
{
    private const int MaxConnections = 4;

    private readonly HttpClient http;

    public HttpNameResolvers(ResolverOptions options)
    {
        http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = MaxConnections,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "OpsDb" }, { "Accept", "application/json" } },
        };
        All = [.. options.Addresses.Select(a => new HttpNameResolver(http, a, options.TimeLimit))];
    }

    public IReadOnlyList<INameResolver> All { get; }

    public void Dispose() => http.Dispose();
}

internal sealed class HttpNameResolver(HttpClient http, ResolverAddress address, TimeSpan limit) : INameResolver
{
    /// <summary>Bytes of an answer.</summary>
    private const int MaxAnswer = 1024 * 1024;

    public string Kind { get; } = EnumText.Of(address.Kind);

    public async Task<KnownObject?> FindAsync(string name, CancellationToken ct)
    {
        // From the question to the last byte: whoever sends one a second has not answered.
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(ct);
        clock.CancelAfter(limit);
        try
        {
            using var answer = await http.GetAsync(address.Of(InQuestion(name)), HttpCompletionOption.ResponseHeadersRead, clock.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw new ResolverFaultException(FormattableString.Invariant($"answered with the status {(int)answer.StatusCode}"));
            using var document = JsonDocument.Parse(await ReadAsync(answer.Content, clock.Token));
            return address.Kind == ResolverKind.Simbad ? SimbadAnswer.Read(document.RootElement, name) : NedAnswer.Read(document.RootElement, name);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ResolverFaultException(FormattableString.Invariant($"did not answer within {limit.TotalSeconds} s"), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ResolverFaultException("cannot be reached", e);
        }
        catch (JsonException e)
        {
            throw new ResolverFaultException("answered what is no JSON", e);
        }
    }

    /// <summary>SIMBAD's question is ADQL, in which the name stands between apostrophes.</summary>
    private string InQuestion(string name) => address.Kind == ResolverKind.Simbad ? name.Replace("'", "''", StringComparison.Ordinal) : name;

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        var bytes = new byte[MaxAnswer + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return length <= MaxAnswer ? bytes.AsMemory(0, length) : throw new ResolverFaultException($"answered more than {MaxAnswer} bytes");
    }
}

public static class SourcesHttpRegistration
{
    /// <summary>Needs <see cref="ResolverOptions"/>.</summary>
    public static IServiceCollection AddSourcesHttp(this IServiceCollection services) => services
        .AddSingleton<INameResolvers, HttpNameResolvers>()
        .AddScoped<NameResolution>();
}
