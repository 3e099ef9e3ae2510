using Dapper;
using Npgsql;
using OpsDb.Servers;

namespace OpsDb.TestKit;

/// <summary>SQL of the tests themselves, each time over a connection of its own.</summary>
public static class PostgresQueries
{
    /// <summary>One value.</summary>
    public static async Task<T?> QueryAsync<T>(this PostgresAddress address, string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection($"{address.ToConnectionString()};Pooling=false");
        return await connection.QuerySingleOrDefaultAsync<T>(sql, parameters);
    }

    public static async Task ExecuteAsync(this PostgresAddress address, string sql)
    {
        await using var connection = new NpgsqlConnection($"{address.ToConnectionString()};Pooling=false");
        await connection.ExecuteAsync(sql);
    }
}
