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
        http = OutgoingHttp.Create(MaxConnections);
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
        using var question = new HttpRequestMessage(HttpMethod.Get, address.Of(InQuestion(name)));
        try
        {
            var answer = await http.AskAsync(question, limit, MaxAnswer, ct);
            return address.Kind == ResolverKind.Simbad ? SimbadAnswer.Read(answer, name) : NedAnswer.Read(answer, name);
        }
        catch (NoAnswerException e)
        {
            throw new ResolverFaultException(e.Message, e);
        }
    }

    /// <summary>SIMBAD's question is ADQL, in which the name stands between apostrophes.</summary>
    private string InQuestion(string name) => address.Kind == ResolverKind.Simbad ? name.Replace("'", "''", StringComparison.Ordinal) : name;
}

public static class SourcesHttpRegistration
{
    /// <summary>Needs <see cref="ResolverOptions"/>.</summary>
    public static IServiceCollection AddSourcesHttp(this IServiceCollection services) => services
        .AddSingleton<INameResolvers, HttpNameResolvers>()
        .AddScoped<NameResolution>();
}
