using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Tokens.Db;

internal sealed class PostgresDeviceRequests(Databases databases) : IDeviceRequests
{
    private const int MaxOpen = 1000, MaxOfAddress = 50;

    private const string Forget = "delete from device_authorization where expires_at < now() - interval '1 hour'";

    private const string Add =
        """
        insert into device_authorization (device_hash, user_hash, client_id, scopes, address, expires_at, interval_s)
        select @deviceHash, @userHash, @clientId, @scopes, @address, now() + @life, 5
        where (select count(*) from device_authorization where expires_at > now()) < @maxOpen
          and (select count(*) from device_authorization where expires_at > now() and address = @address) < @maxOfAddress
        """;

    private const string Find =
        """
        select client_id, scopes, address, expires_at, decided_at is not null as is_decided
        from device_authorization where user_hash = @userHash and expires_at > now()
        """;

    private const string Decide =
        """
        update device_authorization set decided_at = now(), decided_by = @user, granted_scopes = @granted
        where user_hash = @userHash and expires_at > now() and decided_at is null
        """;

    // Of several who ask at once one locks the row first, and the others see what it has made of it.
    private const string Ask =
        """
        with before as (
          select device_hash, interval_s, asked_at, expires_at, decided_at, granted_scopes, taken_at,
            asked_at > clock_timestamp() - make_interval(secs => interval_s - 1) as is_often
          from device_authorization where device_hash = @deviceHash and client_id = @clientId for update
        )
        update device_authorization d set
          asked_at = clock_timestamp(),
          interval_s = case when before.is_often then least(d.interval_s + 5, 60) else d.interval_s end,
          taken_at = case when d.taken_at is null and d.granted_scopes is not null and d.expires_at > now() then now() else d.taken_at end
        from before where d.device_hash = before.device_hash
        returning d.client_id, d.decided_by as user_name, d.granted_scopes as granted, case
          when before.taken_at is not null then 'taken'
          when before.decided_at is not null and before.granted_scopes is null then 'denied'
          when before.expires_at <= now() then 'expired'
          when before.granted_scopes is not null then 'approved'
          when before.is_often then 'too_often'
          else 'pending' end as state
        """;

    private const string PutBack = "update device_authorization set taken_at = null where device_hash = @deviceHash";

    public async Task<bool> AddAsync(string deviceHash, string userHash, DeviceRequest request, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.ExecuteAsync(Forget, null, ct);
        return await main.ExecuteAsync(Add, new
        {
            deviceHash,
            userHash,
            clientId = request.ClientId,
            scopes = request.Scopes,
            address = request.Address,
            life = DeviceFlow.Life,
            maxOpen = MaxOpen,
            maxOfAddress = MaxOfAddress,
        }, ct) == 1;
    }

    public async Task<DeviceRequest?> FindAsync(string userHash, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.FindAsync<Found>(Find, new { userHash }, ct) is { } found
            ? new(found.ClientId, found.Scopes, found.Address, found.ExpiresAt) { IsDecided = found.IsDecided }
            : null;
    }

    public async Task<bool> DecideAsync(string userHash, string user, string[]? granted, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.ExecuteAsync(Decide, new { userHash, user, granted }, ct) == 1;
    }

    public async Task<DeviceAnswer?> AskAsync(string deviceHash, string clientId, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.FindAsync<Asked>(Ask, new { deviceHash, clientId }, ct) is { } asked
            ? new(EnumText.Find<DeviceState>(asked.State)!.Value, asked.ClientId, asked.UserName, asked.Granted)
            : null;
    }

    public async Task PutBackAsync(string deviceHash, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.ExecuteAsync(PutBack, new { deviceHash }, ct);
    }

    private sealed record Found
    {
        public string ClientId { get; init; } = "";
        public string[] Scopes { get; init; } = [];
        public string? Address { get; init; }
        public DateTimeOffset ExpiresAt { get; init; }
        public bool IsDecided { get; init; }
    }

    private sealed record Asked
    {
        public string State { get; init; } = "";
        public string ClientId { get; init; } = "";
        public string? UserName { get; init; }
        public string[]? Granted { get; init; }
    }
}
