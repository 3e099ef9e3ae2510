namespace OpsDb.Servers;

/// <summary>Makes the data of a server. It is made aside and moved into place when complete, so that an interrupted start can be repeated.</summary>
internal sealed class PostgresCluster(PostgresOptions options, string binaries, ServerUser user, string folder)
{
    public static readonly IReadOnlyDictionary<string, string> Locale = new Dictionary<string, string> { ["LC_ALL"] = "C" };

    public async Task CreateAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.GetDirectories(folder, "data.new*"))
            Directory.Delete(left, recursive: true);
        // Of this process: what an interrupted start began may still be written to by the programs that it started.
        var unfinished = Path.Combine(folder, $"data.new-{Environment.ProcessId}");
        user.Own(folder);
        if (options.Source is { } source)
            await CopyAsync(source, unfinished, ct);
        else
            await InitializeAsync(unfinished, ct);
        Directory.Move(unfinished, Path.Combine(folder, "data"));
    }

    /// <summary>Makes a replica's slot at its source, unless it is there.</summary>
    public static string SlotSql(string slot) =>
        $"""
        select pg_create_physical_replication_slot('{slot}', true)
        where not exists (select from pg_replication_slots where slot_name = '{slot}')
        """;

    /// <summary>Runs SQL with <c>psql</c>; the password goes by environment, the SQL by standard input.</summary>
    public static async Task<string> QueryAsync(string binaries, PostgresAddress address, string sql, CancellationToken ct)
    {
        var environment = Connection(address);
        environment["PGDATABASE"] = address.Database;
        return (await ProgramRun.ReadAsync(
            [Path.Combine(binaries, "psql"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", "--file=-"],
            environment,
            sql,
            ct)).TrimEnd('\n');
    }

    private async Task InitializeAsync(string data, CancellationToken ct)
    {
        string[] quick = options.Fsync ? [] : ["--no-sync"];
        await ProgramRun.ReadAsync(
            user.Command(
                Path.Combine(binaries, "initdb"),
                [
                    "-D", data, $"--username={PostgresServer.AdminRole}", "--encoding=UTF8", "--locale=C", "--data-checksums",
                    "--auth-local=reject", "--auth-host=scram-sha-256", .. quick,
                ]),
            Locale,
            ct: ct);
        // A backend of its own, before any server listens; passwords are never on a command line.
        string[] settings = options.Fsync ? [] : ["-F"];
        var run = await ProgramRun.RunAsync(
            user.Command(Path.Combine(binaries, "postgres"), ["--single", "-D", data, .. settings, "postgres"]),
            Locale,
            PostgresRoles.Create(options.Passwords),
            ct);
        if (run.ExitCode != 0 || run.Errors.Contains("ERROR:", StringComparison.Ordinal))
            throw new ServersException($"The roles of {options.Name} cannot be made: {run.Errors.Trim()}");
    }

    private async Task CopyAsync(ReplicaSource source, string data, CancellationToken ct)
    {
        await QueryAsync(binaries, source.Address, SlotSql(source.Slot), ct);
        string[] quick = options.Fsync ? [] : ["--no-sync"];
        await ProgramRun.ReadAsync(
            user.Command(
                Path.Combine(binaries, "pg_basebackup"),
                ["--pgdata", data, "--wal-method=stream", "--slot", source.Slot, "--checkpoint=fast", "--no-password", .. quick]),
            Connection(source.Address, source.Authority),
            ct: ct);
        var signal = Path.Combine(data, "standby.signal");
        await File.WriteAllTextAsync(signal, "", ct);
        user.Own(signal);
    }

    public static Dictionary<string, string> Connection(PostgresAddress address, string? authority = null) => new()
    {
        ["LC_ALL"] = "C",
        // Else the caller's own certificates, which the servers' user cannot read, would be looked for.
        ["HOME"] = "/nonexistent",
        ["PGHOST"] = address.Host,
        ["PGPORT"] = $"{address.Port}",
        ["PGUSER"] = address.User,
        ["PGPASSWORD"] = address.Password,
        ["PGCONNECT_TIMEOUT"] = "10",
        ["PGSSLMODE"] = authority is null ? "prefer" : "verify-full",
        ["PGSSLROOTCERT"] = authority ?? "",
    };
}
