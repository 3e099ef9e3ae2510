namespace OpsDb.Servers;

/// <summary>Where a server comes from that nobody has named.</summary>
public enum ServerSource
{
    /// <summary>A program of this machine.</summary>
    Local,

    /// <summary>A container.</summary>
    Containers,
}

/// <summary>
/// Chooses by <c>OPSDB_SERVERS</c>: <c>local</c>, <c>containers</c>, or <c>auto</c>, which takes programs of this machine where they
/// are there (or can be installed) and containers otherwise.
/// </summary>
public static class ServerSources
{
    public const string Setting = "OPSDB_SERVERS";

    /// <exception cref="ServersException">There is neither, or not what the setting asks for.</exception>
    public static Task<ServerSource> ForPostgresAsync(CancellationToken ct = default) => ChooseAsync(ServerBinaries.FindPostgresAsync, ct);

    /// <inheritdoc cref="ForPostgresAsync"/>
    public static Task<ServerSource> ForRedisAsync(CancellationToken ct = default) => ChooseAsync(ServerBinaries.FindRedisAsync, ct);

    internal static async Task<ServerSource> ChooseAsync(Func<CancellationToken, Task<string>> findProgram, CancellationToken ct)
    {
        switch (Environment.GetEnvironmentVariable(Setting))
        {
            case null or "" or "auto":
                return await FirstAsync(findProgram, ct);
            case "local":
                await findProgram(ct);
                return ServerSource.Local;
            case "containers":
                return ContainerEngine.WhyNot() is { } reason ? throw new ServersException($"{Setting} asks for containers, but {reason}") : ServerSource.Containers;
            case var other:
                throw new ServersException($"{Setting} is auto, local or containers, and not '{other}'.");
        }
    }

    private static async Task<ServerSource> FirstAsync(Func<CancellationToken, Task<string>> findProgram, CancellationToken ct)
    {
        try
        {
            await findProgram(ct);
            return ServerSource.Local;
        }
        catch (ServersException e)
        {
            return ContainerEngine.WhyNot() is { } reason ? throw new ServersException($"{e.Message} Nor can it run in a container: {reason}", e) : ServerSource.Containers;
        }
    }
}
