using OpsDb.Database;

namespace OpsDb.Tokens.Db;

internal sealed class PostgresTokenUses(Databases databases) : ITokenUses
{
    private const string Add =
        """
        insert into api_token_use (token_id, site, last_used_at, requests, last_address)
        select u.token_id, u.site, u.last_used_at, u.requests, u.last_address
        from unnest(@tokens, @sites, @times, @requests, @addresses) u(token_id, site, last_used_at, requests, last_address)
        where exists (select from api_token t where t.id = u.token_id)
        order by u.token_id
        on conflict (token_id, site) do update set
          last_address = case when excluded.last_used_at >= api_token_use.last_used_at then excluded.last_address else api_token_use.last_address end,
          last_used_at = greatest(excluded.last_used_at, api_token_use.last_used_at),
          requests = api_token_use.requests + excluded.requests
        """;

    private const string Find = "select site, last_used_at, requests, last_address from api_token_use where token_id = @token order by site";

    public async Task AddAsync(IReadOnlyCollection<KeyValuePair<Guid, TokenUse>> since, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        await session.ExecuteAsync(Add, new
        {
            tokens = since.Select(s => s.Key).ToArray(),
            sites = since.Select(s => s.Value.Site).ToArray(),
            times = since.Select(s => s.Value.LastUsedAt.UtcDateTime).ToArray(),
            requests = since.Select(s => s.Value.Requests).ToArray(),
            addresses = since.Select(s => s.Value.LastAddress).ToArray(),
        }, ct);
    }

    public async Task<IReadOnlyList<TokenUse>> OfAsync(Guid token, CancellationToken ct) =>
        [.. (await databases.NearestAsync(session => session.QueryAsync<Found>(Find, new { token }, ct), ct))
            .Select(f => new TokenUse(f.Site, f.LastUsedAt, f.Requests, f.LastAddress))];

    private sealed record Found
    {
        public string Site { get; init; } = "";
        public DateTimeOffset LastUsedAt { get; init; }
        public long Requests { get; init; }
        public string? LastAddress { get; init; }
    }
}
