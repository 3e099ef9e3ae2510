using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using StackExchange.Redis;

namespace OpsDb.Redis;

/// <summary>Redis did not answer in time or cannot be reached. What was asked may have happened all the same.</summary>
public sealed class RedisUnavailableException(Exception cause) : Exception(cause.Message, cause);

/// <summary>One entry of a stream whose ids are <c>{position}-0</c>.</summary>
public sealed record StreamEntry(long Position, IReadOnlyDictionary<string, byte[]> Fields);

/// <summary>A reply, read as what the caller knows it to be.</summary>
public readonly struct Reply(RedisResult result)
{
    public bool IsNull => result.IsNull;

    public string? Text => (string?)result;

    public long Number => (long)result;

    public byte[] Bytes => (byte[])result;

    public Reply[] Items => [.. ((RedisResult[])result).Select(r => new Reply(r))];

    /// <summary>The reply of XRANGE.</summary>
    public IReadOnlyList<StreamEntry> Entries => [.. Items.Select(entry => Entry(entry.Items))];

    private static StreamEntry Entry(Reply[] entry)
    {
        var fields = entry[1].Items;
        return new(long.Parse(entry[0].Text!.Split('-')[0], CultureInfo.InvariantCulture),
            Enumerable.Range(0, fields.Length / 2).ToDictionary(i => fields[2 * i].Text!, i => fields[2 * i + 1].Bytes));
    }
}

/// <summary>A Lua script, sent by its hash after the first time.</summary>
public sealed class RedisScript(string text)
{
    public string Text { get; } = text;
    public string Hash { get; } = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>
/// The one place that sees StackExchange.Redis. Every call has a time-out, because the library's asynchronous calls have
/// none; a call that timed out has an unknown outcome.
/// </summary>
public sealed class RedisStore : IAsyncDisposable
{
    private readonly RedisOptions options;
    private readonly Lazy<Task<ConnectionMultiplexer>> connection;

    public RedisStore(RedisOptions options)
    {
        this.options = options;
        connection = new(() => Task.Run(() =>
        {
            var redis = Connect(options);
            redis.ConnectionRestored += (_, _) => Reconnected?.Invoke();
            return redis;
        }));
    }

    /// <summary>Redis answers again; it may be another one, or have other settings.</summary>
    public event Action? Reconnected;

    /// <summary>Runs a script atomically.</summary>
    public async Task<Reply> EvaluateAsync(RedisScript script, string[] keys, object[] arguments)
    {
        object[] Arguments(string first) => [first, keys.Length, .. keys, .. arguments];
        try
        {
            return await CallAsync(db => db.ExecuteAsync("EVALSHA", Arguments(script.Hash)));
        }
        catch (RedisServerException e) when (IsUnknownScript(e))
        {
            return await CallAsync(db => db.ExecuteAsync("EVAL", Arguments(script.Text)));
        }
    }

    /// <summary>Entries of a stream whose ids are <c>{position}-0</c>, from a position on.</summary>
    public async Task<IReadOnlyList<StreamEntry>> RangeAsync(string key, long from, int count) =>
        (await CallAsync(db => db.ExecuteAsync("XRANGE", key, $"{from}-0", "+", "COUNT", count))).Entries;

    public async Task<string?> HashGetAsync(string key, string field) => (await CallAsync(db => db.ExecuteAsync("HGET", key, field))).Text;

    /// <summary>Sets fields, all at once.</summary>
    public Task HashSetAsync(string key, params (string Name, string Value)[] fields) =>
        CallAsync(db => db.ExecuteAsync("HSET", [key, .. fields.SelectMany(f => new object[] { f.Name, f.Value })]));

    /// <summary>A value; null when there is none.</summary>
    public async Task<byte[]?> GetAsync(string key) => await CallAsync(db => db.ExecuteAsync("GET", key)) is { IsNull: false } reply ? reply.Bytes : null;

    /// <summary>Stores a value that vanishes when its time is over, unless it is made to persist before.</summary>
    public Task SetAsync(string key, byte[] value, TimeSpan expiry) => CallAsync(db => db.ExecuteAsync("SET", key, value, "EX", (long)expiry.TotalSeconds));

    /// <summary>One configuration value; null when Redis does not tell.</summary>
    public async Task<string?> ConfigAsync(string name) => await AskAsync("CONFIG", "GET", name) is { Items: [_, var value] } ? value.Text : null;

    /// <summary>master, slave or sentinel; null when Redis does not tell.</summary>
    public async Task<string?> RoleAsync() => (await AskAsync("ROLE"))?.Items[0].Text;

    public Task PingAsync() => CallAsync(db => db.ExecuteAsync("PING"));

    /// <summary>Calls back at each message; survives reconnects.</summary>
    public async Task SubscribeAsync(string channel, Action<string> received)
    {
        var redis = await connection.Value;
        await redis.GetSubscriber().SubscribeAsync(channel, (_, message) => received(message!)).WaitAsync(options.Timeout);
    }

    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated)
            (await connection.Value).Dispose();
    }

    private async Task<Reply?> AskAsync(string command, params object[] arguments)
    {
        try
        {
            return await CallAsync(db => db.ExecuteAsync(command, arguments));
        }
        // Forbidden or renamed; while it loads, say, it will tell later.
        catch (RedisUnavailableException e) when (e.InnerException is RedisServerException && (e.Message.StartsWith("NOPERM", StringComparison.Ordinal) || e.Message.StartsWith("ERR", StringComparison.Ordinal)))
        {
            return null;
        }
    }

    private async Task<Reply> CallAsync(Func<IDatabase, Task<RedisResult>> call)
    {
        try
        {
            var redis = await connection.Value.WaitAsync(options.Timeout);
            return new(await call(redis.GetDatabase(options.Database)).WaitAsync(options.Timeout));
        }
        // Redis itself refuses: loading, out of memory, read only, busy. A script that is not known yet is another matter.
        catch (Exception e) when (e is (TimeoutException or RedisException or OperationCanceledException or ObjectDisposedException) && !IsUnknownScript(e))
        {
            throw new RedisUnavailableException(e);
        }
    }

    private static bool IsUnknownScript(Exception e) => e is RedisServerException && e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    private static ConnectionMultiplexer Connect(RedisOptions options)
    {
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            Password = options.Password,
            ConnectTimeout = (int)options.Timeout.TotalMilliseconds,
            SyncTimeout = (int)options.Timeout.TotalMilliseconds,
            KeepAlive = 5,
            AllowAdmin = false,
            ClientName = "opsdb",
        };
        configuration.EndPoints.Add(options.Host, options.Port);
        if (options.Tls is { } tls)
            Encrypt(configuration, tls);
        var redis = ConnectionMultiplexer.Connect(configuration);
        // Otherwise the replies of one connection are served one after another.
        redis.PreserveAsyncOrder = false;
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
