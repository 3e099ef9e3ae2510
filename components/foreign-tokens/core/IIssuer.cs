using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>The identity provider, as it answers.</summary>
public interface IIssuer
{
    /// <summary>Its keys as they are: a JWK Set.</summary>
    /// <exception cref="NoAnswerException">It does not answer, or not as it should.</exception>
    Task<string> ReadKeysAsync(CancellationToken ct);

    /// <summary>What it says of a token (RFC 7662).</summary>
    /// <exception cref="NoAnswerException">It does not answer, or not as it should.</exception>
    Task<JsonElement> IntrospectAsync(string token, CancellationToken ct);
}

/// <summary>Keys of providers as they were answered last, kept where all sites have them, also while the provider is away.</summary>
public interface IKeptKeys
{
    /// <summary>As the nearest database has them; null when there are none.</summary>
    Task<KeptKeys?> FindAsync(string issuer, CancellationToken ct);

    /// <summary>Keeps them, unless newer ones are there.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    Task SaveAsync(string issuer, KeptKeys keys, CancellationToken ct);
}

/// <summary>A JWK Set, and when it was read.</summary>
public sealed record KeptKeys(string Keys, DateTimeOffset ReadAt);
