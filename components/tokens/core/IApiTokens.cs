namespace OpsDb.Tokens;

/// <summary>Tokens as the site's own database has them; nothing beyond the site is asked unless that database is down.</summary>
public interface IApiTokens
{
    Task<ApiToken?> FindByHashAsync(string hash, CancellationToken ct);
}
