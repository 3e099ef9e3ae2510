using System.Text.Json;
using Dapper;
using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>
/// The connection pools. A connection of <see cref="LocalAsync"/> reads repeatably: all that it is asked in one batch or transaction is one
/// snapshot.
/// </summary>
public sealed class Databases : IAsyncDisposable
{
    private readonly NpgsqlDataSource main;
    private readonly NpgsqlDataSource local;
    private readonly NpgsqlDataSource localByKey;
    private readonly Dictionary<string, NpgsqlDataSource> standbys;

    static Databases()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        foreach (var type in (Type[])
            [typeof(DateTimeOffset), typeof(DateTimeOffset[]), typeof(DateOnly), typeof(DateOnly[]), typeof(JsonElement), typeof(Sealed)])
            SqlMapper.AddTypeHandler(type, new ColumnHandler(ColumnType.Of(type)));
    }

    public Databases(DatabaseOptions options)
    {
        main = NpgsqlDataSource.Create(options.Main);
        const string repeatable = $@"{DatabaseOptions.EndWhenClientIsGone} -c default_transaction_isolation=repeatable\ read";
        local = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.Local) { Options = repeatable });
        // A plan that was made while a table was empty, as on a new site, would read all of it ever after: a site that is cut off does not
        // hear of new statistics.
        const string planned = $"{repeatable} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off";
        localByKey = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.Local) { Options = planned });
        standbys = options.Standbys.ToDictionary(s => s.Key, s => NpgsqlDataSource.Create(s.Value));
    }

    /// <exception cref="OutageException">main-unreachable.</exception>
    public Task<DbSession> MainAsync(CancellationToken ct) => OpenAsync(main, Problems.MainUnreachable, ct);

    /// <exception cref="OutageException">local-database-unreachable.</exception>
    public Task<DbSession> LocalAsync(CancellationToken ct) => OpenAsync(local, Problems.LocalUnreachable, ct, ForgetLocal);

    /// <summary>The same, for somebody who may not need it: the first command opens it.</summary>
    public DbSession Local() => new(local.CreateConnection(), Problems.LocalUnreachable, ForgetLocal);

    /// <summary>
    /// A connection to the site's database for statements of which there is but one good plan, such as rows by their keys: it is made once.
    /// PostgreSQL would make it anew for each list of keys.
    /// </summary>
    /// <exception cref="OutageException">local-database-unreachable.</exception>
    public Task<DbSession> LocalByKeyAsync(CancellationToken ct) => OpenAsync(localByKey, Problems.LocalUnreachable, ct, ForgetLocal);

    /// <summary>The standbys that may become the primary.</summary>
    public IReadOnlyCollection<string> Standbys => standbys.Keys;

    /// <exception cref="OutageException">main-unreachable: that standby cannot be reached.</exception>
    public Task<DbSession> StandbyAsync(string standby, CancellationToken ct) => OpenAsync(standbys[standby], Problems.MainUnreachable, ct);

    /// <summary>Asks the site's database or, while that one is down, the main one.</summary>
    /// <exception cref="OutageException">local-database-unreachable: neither answers.</exception>
    public async Task<T> NearestAsync<T>(Func<DbSession, Task<T>> ask, CancellationToken ct)
    {
        try
        {
            await using var session = await LocalAsync(ct);
            return await ask(session);
        }
        catch (OutageException down) when (down.Problem == Problems.LocalUnreachable)
        {
            try
            {
                await using var session = await MainAsync(ct);
                return await ask(session);
            }
            catch (OutageException e) when (e.Problem == Problems.MainUnreachable)
            {
                throw down;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var standby in standbys.Values)
            await standby.DisposeAsync();
        await main.DisposeAsync();
        await local.DisposeAsync();
        await localByKey.DisposeAsync();
    }

    /// <summary>When one connection to the site's database is lost the others are as well, in either pool; whoever comes next gets a new one.</summary>
    private void ForgetLocal()
    {
        local.Clear();
        localByKey.Clear();
    }

    private static async Task<DbSession> OpenAsync(NpgsqlDataSource source, Problem unreachable, CancellationToken ct, Action? lost = null)
    {
        try
        {
            return new(await source.OpenConnectionAsync(ct), unreachable, lost);
        }
        catch (Exception e) when (SqlState.IsUnreachable(e))
        {
            lost?.Invoke();
            throw SqlState.Unreachable(unreachable, e);
        }
    }

    /// <summary>Values of the types that Dapper does not know by itself.</summary>
    private sealed class ColumnHandler(ColumnType type) : SqlMapper.ITypeHandler
    {
        public object Parse(Type destinationType, object value) => type.FromDriver(value);

        public void SetValue(System.Data.IDbDataParameter parameter, object value) => parameter.Value = value is DBNull ? value : type.Parameter(value);
    }
}
