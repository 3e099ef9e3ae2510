namespace OpsDb.Tokens;

/// <summary>The tokens that are known.</summary>
public interface IApiTokens
{
    /// <summary>The token with one of these hashes, as the site's own database has it; nothing beyond the site is asked unless that database is down.</summary>
    Task<ApiToken?> FindByHashAsync(IReadOnlyList<string> hashes, CancellationToken ct);

    /// <summary>All of them as the main database has them, by name.</summary>
    Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken ct);
}
