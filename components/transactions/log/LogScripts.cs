using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>What Redis does in one step for the log: the files in scripts/. The keys are those of <see cref="TransactionLog"/>, in its order.</summary>
internal static class LogScripts
{
    /// <summary>Each entry is checked and stored as if it came alone, after those before it.</summary>
    public static readonly RedisScript Append = Read("append");

    public static readonly RedisScript Claim = Read("claim");

    public static readonly RedisScript LetGo = Read("let_go");

    public static readonly RedisScript Refresh = Read("refresh");

    /// <summary>Only raises. An LSN has 64 bits, more than a number in Lua can tell apart, so its halves are compared.</summary>
    public static readonly RedisScript Raise = Read("raise");

    public static readonly RedisScript Begin = Read("begin");

    public static readonly RedisScript Change = Read("change");

    public static readonly RedisScript Trim = Read("trim");

    /// <summary>Begins to note the newest keys that leave the log.</summary>
    public static readonly RedisScript MarkKeys = Read("mark_keys");

    public static readonly RedisScript ReleaseLease = Read("release_lease");

    public static readonly RedisScript AcquireLease = Read("acquire_lease");

    private static RedisScript Read(string name)
    {
        using var file = new StreamReader(typeof(LogScripts).Assembly.GetManifestResourceStream($"{name}.lua")!);
        return new(file.ReadToEnd());
    }
}
