using System.Security.Cryptography;
using System.Text;
using OpsDb.Kernel;
using StackExchange.Redis;

namespace OpsDb.Redis;

/// <summary>Redis did not answer in time or cannot be reached. What was asked may have happened all the same.</summary>
public sealed class RedisUnavailableException(Exception cause) : Exception(cause.Message, cause);

/// <summary>One entry of a stream.</summary>
public sealed record StreamEntry(long Position, IReadOnlyDictionary<string, byte[]> Fields);

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
public sealed class RedisStore(RedisOptions options) : IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> connection = new(() => Task.Run(() => Connect(options)));

    /// <summary>Runs a script atomically. Numbers come back as long, text as byte[], tables as arrays.</summary>
    public async Task<object?> EvaluateAsync(RedisScript script, string[] keys, object[] arguments)
    {
        object[] Arguments(string first) => [first, keys.Length, .. keys, .. arguments];
        try
        {
            return Read(await CallAsync(db => db.ExecuteAsync("EVALSHA", Arguments(script.Hash))));
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return Read(await CallAsync(db => db.ExecuteAsync("EVAL", Arguments(script.Text))));
        }
    }

    /// <summary>Entries of a stream whose ids are <c>{position}-0</c>, from a position on.</summary>
    public async Task<IReadOnlyList<StreamEntry>> RangeAsync(string key, long from, int count)
    {
        var reply = (object?[])Read(await CallAsync(db => db.ExecuteAsync("XRANGE", key, $"{from}-0", "+", "COUNT", count)))!;
        return [.. reply.Select(entry => Entry((object?[])entry!))];
    }

    public async Task<string?> GetAsync(string key) => Text(Read(await CallAsync(db => db.ExecuteAsync("GET", key))));

    public async Task<string?> HashGetAsync(string key, string field) => Text(Read(await CallAsync(db => db.ExecuteAsync("HGET", key, field))));

    public Task HashSetAsync(string key, string field, string value) => CallAsync(db => db.ExecuteAsync("HSET", key, field, value));

    /// <summary>One configuration value; null when Redis does not tell.</summary>
    public async Task<string?> ConfigAsync(string name)
    {
        try
        {
            return Read(await CallAsync(db => db.ExecuteAsync("CONFIG", "GET", name))) is object?[] { Length: 2 } pair ? Text(pair[1]) : null;
        }
        catch (RedisServerException)
        {
            return null;
        }
    }

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

    private async Task<RedisResult> CallAsync(Func<IDatabase, Task<RedisResult>> call)
    {
        try
        {
            var redis = await connection.Value.WaitAsync(options.Timeout);
            return await call(redis.GetDatabase(options.Database)).WaitAsync(options.Timeout);
        }
        catch (Exception e) when (e is TimeoutException or RedisConnectionException or RedisTimeoutException)
        {
            throw new RedisUnavailableException(e);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("LOADING", StringComparison.Ordinal) || e.Message.StartsWith("MISCONF", StringComparison.Ordinal))
        {
            throw new RedisUnavailableException(e);
        }
    }

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
        var redis = ConnectionMultiplexer.Connect(configuration);
        // Otherwise the replies of one connection are served one after another.
        redis.PreserveAsyncOrder = false;
        return redis;
    }

    private static StreamEntry Entry(object?[] entry)
    {
        var fields = (object?[])entry[1]!;
        return new(long.Parse(Text(entry[0])!.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture),
            Enumerable.Range(0, fields.Length / 2).ToDictionary(i => Text(fields[2 * i])!, i => (byte[])fields[2 * i + 1]!));
    }

    public static string? Text(object? value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : value?.ToString();

    private static object? Read(RedisResult result) => result.IsNull ? null : ReadType(result);

    /// <summary>1.2.6 does not tell a result's kind; an array is the one that does not become bytes.</summary>
    private static object? ReadType(RedisResult result)
    {
        try
        {
            return (byte[])result;
        }
        catch (InvalidCastException)
        {
            return ((RedisResult[])result).Select(Read).ToArray();
        }
    }
}
