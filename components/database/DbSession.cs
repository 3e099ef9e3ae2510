using System.Data;
using Dapper;
using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>
/// One connection, opened by the first command at the latest, and the only maker of commands. A server that goes away answers with the
/// problem of its site.
/// </summary>
/// <param name="lost">Called when the server has gone away.</param>
public sealed class DbSession(NpgsqlConnection connection, Problem unreachable, Action? lost = null) : IAsyncDisposable
{
    private NpgsqlTransaction? transaction;
    private bool opened = connection.State == ConnectionState.Open;

    /// <summary>Whole seconds that a query may take before the server is taken for unreachable; the pool's when null.</summary>
    public TimeSpan? Patience { get; set; }

    /// <summary>Begins a transaction; it ends with <see cref="CommitAsync"/>, or is rolled back.</summary>
    public async Task BeginAsync(CancellationToken ct) =>
        transaction = await RunAsync(() => connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct).AsTask());

    /// <summary>Begins a read-only snapshot, unless there is one.</summary>
    public async Task BeginSnapshotAsync(CancellationToken ct) =>
        transaction ??= await RunAsync(() => connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct).AsTask());

    public Task CommitAsync(CancellationToken ct) => RunAsync(async () =>
    {
        await transaction!.CommitAsync(ct);
        await transaction.DisposeAsync();
        transaction = null;
        return 0;
    });

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        RunAsync<IReadOnlyList<T>>(async () => (await connection.QueryAsync<T>(Command(sql, parameters, ct))).AsList());

    public Task<T?> FindAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        RunAsync(() => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters, ct)));

    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken ct) =>
        RunAsync(() => connection.ExecuteAsync(Command(sql, parameters, ct)));

    /// <summary>Several statements in one round trip, and on a local connection in one snapshot.</summary>
    /// <param name="timeout">Whole seconds, after which the server is taken for unreachable; the pool's when null.</param>
    public Task<T> QueryManyAsync<T>(
        string sql, object? parameters, Func<SqlMapper.GridReader, Task<T>> read, CancellationToken ct, TimeSpan? timeout = null) => RunAsync(async () =>
    {
        await using var grid = await connection.QueryMultipleAsync(Command(sql, parameters, ct, timeout));
        return await read(grid);
    });

    /// <summary>Sends the batch in one flight.</summary>
    /// <param name="timeout">Bounds the wait for its answer; the pool's when null.</param>
    public Task<int> ExecuteAsync(NpgsqlBatch batch, TimeSpan? timeout, CancellationToken ct) =>
        RunAsync(() => Prepare(batch, timeout).ExecuteNonQueryAsync(ct));

    /// <summary>The same, and the first value that it answers.</summary>
    public Task<T> ReadFirstAsync<T>(NpgsqlBatch batch, TimeSpan timeout, CancellationToken ct) =>
        RunAsync(async () => (T)(await Prepare(batch, timeout).ExecuteScalarAsync(ct))!);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (transaction is not null)
                await transaction.DisposeAsync();
        }
        catch (Exception e) when (SqlState.IsUnreachable(e))
        {
            // The connection is gone, and the transaction with it.
        }
        await connection.DisposeAsync();
    }

    private NpgsqlBatch Prepare(NpgsqlBatch batch, TimeSpan? timeout)
    {
        batch.Connection = connection;
        batch.Transaction = transaction;
        if (timeout is { } longest)
            batch.Timeout = (int)longest.TotalSeconds;
        return batch;
    }

    private CommandDefinition Command(string sql, object? parameters, CancellationToken ct, TimeSpan? timeout = null) =>
        new(sql, parameters, transaction, (int?)(timeout ?? Patience)?.TotalSeconds, cancellationToken: ct);

    private async Task<T> RunAsync<T>(Func<Task<T>> run)
    {
        try
        {
            if (!opened)
                await connection.OpenAsync();
            opened = true;
            return await run();
        }
        catch (Exception e) when (SqlState.IsUnreachable(e))
        {
            lost?.Invoke();
            throw SqlState.Unreachable(unreachable, e);
        }
    }
}
