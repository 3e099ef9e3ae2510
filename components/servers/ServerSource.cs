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

    private static string? Asked => Environment.GetEnvironmentVariable(Setting);

    /// <exception cref="ServersException">There is neither, or not what the setting asks for.</exception>
    public static Task<ServerSource> ForPostgresAsync(CancellationToken ct = default) =>
        ChooseAsync(Asked, ServerBinaries.FindPostgresAsync, ContainerEngine.WhyNot, ct);

    /// <inheritdoc cref="ForPostgresAsync"/>
    public static Task<ServerSource> ForRedisAsync(CancellationToken ct = default) =>
        ChooseAsync(Asked, ServerBinaries.FindRedisAsync, ContainerEngine.WhyNot, ct);

    /// <param name="findProgram">Finds the server's program, or says why not by a <see cref="ServersException"/>.</param>
    /// <param name="whyNoContainer">Why it cannot run in a container; null when it can.</param>
    internal static async Task<ServerSource> ChooseAsync(
        string? asked, Func<CancellationToken, Task<string>> findProgram, Func<string?> whyNoContainer, CancellationToken ct)
    {
        if (asked is not (null or "" or "auto" or "local" or "containers"))
            throw new ServersException($"{Setting} is auto, local or containers, and not '{asked}'.");
        if (asked == "containers")
            return whyNoContainer() is { } reason ? throw new ServersException($"{Setting} asks for containers, but {reason}") : ServerSource.Containers;
        try
        {
            await findProgram(ct);
            return ServerSource.Local;
        }
        catch (ServersException e) when (asked != "local")
        {
            if (whyNoContainer() is { } reason)
                throw new ServersException($"{e.Message} Nor can it run in a container: {reason}", e);
            return ServerSource.Containers;
        }
    }
}
