using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace OpsDb.Redis;

/// <summary>Redis did not answer in time or cannot be reached. What was asked may have happened all the same.</summary>
public sealed class RedisUnavailableException(Exception cause) : Exception(cause.Message, cause);

/// <summary>A Lua script, sent by its hash once Redis knows it.</summary>
public sealed record RedisScript(string Text);

/// <summary>One entry of a stream whose ids are <c>{position}-0</c>.</summary>
public sealed record StreamEntry(long Position, IReadOnlyDictionary<string, byte[]> Fields);

/// <summary>A reply, read as what the caller knows it to be.</summary>
public readonly struct Reply(RedisResult result)
{
    public string? Text => (string?)result;

    public long Number => (long)result;

    public Reply[] Items => [.. ((RedisResult[])result!).Select(r => new Reply(r))];

    /// <summary>The reply of XRANGE.</summary>
    public IReadOnlyList<StreamEntry> Entries => [.. ((RedisResult[])result!).Select(entry => new StreamEntry(
        long.Parse(((string)entry[0]!).Split('-')[0], CultureInfo.InvariantCulture),
        entry[1].ToDictionary(StringComparer.Ordinal).ToDictionary(f => f.Key, f => (byte[])f.Value!)))];
}

/// <summary>
/// The one place that sees StackExchange.Redis. Every call ends within its time-out, which the library's own, looked at once a
/// second, does not promise; a call that timed out has an unknown outcome.
/// </summary>
public sealed class RedisStore : IAsyncDisposable
{
    private readonly RedisOptions options;
    private readonly Lazy<Task<ConnectionMultiplexer>> connection;

    public RedisStore(RedisOptions options)
    {
        this.options = options;
        connection = new(ConnectAsync);
    }

    /// <summary>Redis answers again; it may be another one, or have other settings.</summary>
    public event Action? Reconnected;

    /// <summary>Runs a script atomically.</summary>
    public async Task<Reply> EvaluateAsync(RedisScript script, string[] keys, object[] arguments) => new(await CallAsync(db =>
        db.ScriptEvaluateAsync(script.Text, Array.ConvertAll(keys, key => (RedisKey)key), Array.ConvertAll(arguments, RedisValue.Unbox))));

    /// <summary>Entries of a stream whose ids are <c>{position}-0</c>, from a position on.</summary>
    public async Task<IReadOnlyList<StreamEntry>> RangeAsync(string key, long from, int count) =>
        new Reply(await CallAsync(db => db.ExecuteAsync("XRANGE", key, $"{from}-0", "+", "COUNT", count))).Entries;

    public async Task<string?> HashGetAsync(string key, string field) => await CallAsync(db => db.HashGetAsync(key, field));

    /// <summary>Sets fields, all at once.</summary>
    public Task HashSetAsync(string key, params (string Name, string Value)[] fields) => CallAsync(async db =>
    {
        await db.HashSetAsync(key, Array.ConvertAll(fields, field => new HashEntry(field.Name, field.Value)));
        return fields.Length;
    });

    /// <summary>A value; null when there is none.</summary>
    public async Task<byte[]?> GetAsync(string key) => await CallAsync(db => db.StringGetAsync(key));

    /// <summary>Stores a value that vanishes when its time is over, unless it is made to persist before.</summary>
    public Task SetAsync(string key, byte[] value, TimeSpan expiry) => CallAsync(db => db.StringSetAsync(key, value, expiry));

    /// <summary>Reads and removes a value, atomically; null when there is none.</summary>
    public async Task<string?> TakeAsync(string key) => await CallAsync(db => db.StringGetDeleteAsync(key));

    /// <summary>One configuration value; null when Redis does not tell.</summary>
    public Task<string?> ConfigAsync(string name) => AskAsync(async server => (await server.ConfigGetAsync(name)) is [var (_, value)] ? value : null);

    /// <summary>master, slave or sentinel; null when Redis does not tell.</summary>
    public Task<string?> RoleAsync() => AskAsync(async server => (await server.RoleAsync()).Value);

    public Task PingAsync() => CallAsync(db => db.PingAsync());

    /// <summary>Calls back at each message; survives reconnects. If Redis is away, it begins all the same when Redis is back.</summary>
    /// <exception cref="RedisUnavailableException">It has not begun yet.</exception>
    public Task SubscribeAsync(string channel, Action<string> received) => CallAsync(async db =>
    {
        await db.Multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, message) => received(message!));
        return channel;
    });

    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated)
            await (await connection.Value).DisposeAsync();
    }

    private async Task<string?> AskAsync(Func<IServer, Task<string?>> question)
    {
        try
        {
            return await CallAsync(db => question(db.Multiplexer.GetServer(options.Host, options.Port)));
        }
        // Forbidden or renamed; while it loads, say, it will tell later.
        catch (RedisUnavailableException e) when ((e.InnerException as RedisServerException)?.Kind
            is RedisErrorKind.NoPermission or RedisErrorKind.NotPermitted or RedisErrorKind.UnknownCommand or RedisErrorKind.UnknownError)
        {
            return null;
        }
    }

    private async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        try
        {
            var redis = await connection.Value.WaitAsync(options.Timeout);
            return await call(redis.GetDatabase(options.Database)).WaitAsync(options.Timeout);
        }
        // Redis is away, or refuses: loading, out of memory, read only, busy.
        catch (Exception e) when (e is TimeoutException or RedisException or OperationCanceledException or ObjectDisposedException)
        {
            throw new RedisUnavailableException(e);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var milliseconds = (int)options.Timeout.TotalMilliseconds;
        var configuration = new ConfigurationOptions
        {
            EndPoints = { { options.Host, options.Port } },
            Password = options.Password,
            ClientName = "opsdb",
            AbortOnConnectFail = false,
            ConnectTimeout = milliseconds,
            AsyncTimeout = milliseconds,
            KeepAlive = 5,
            ReconnectRetryPolicy = new LinearRetry(milliseconds),
            // A Redis that is down is told at once: nobody waits until it may be back.
            BacklogPolicy = BacklogPolicy.FailFast,
            // For CONFIG GET.
            AllowAdmin = true,
        };
        if (options.Tls is { } tls)
            Encrypt(configuration, tls);
        var redis = await ConnectionMultiplexer.ConnectAsync(configuration);
        redis.ConnectionRestored += (_, _) => Reconnected?.Invoke();
        return redis;
    }

    private static void Encrypt(ConfigurationOptions configuration, RedisTls tls)
    {
        (configuration.Ssl, configuration.SslHost) = (true, tls.ServerName);
        configuration.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        configuration.CertificateValidation += (_, certificate, chain, errors) =>
            tls.Authority.Length > 0 ? RedisCertificates.Accepts(tls.Authority, certificate, chain, errors) : errors == SslPolicyErrors.None;
        if (tls.Certificate.Length > 0)
            configuration.CertificateSelection += (_, _, _, _, _) => X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
    }
}
