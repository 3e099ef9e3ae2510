using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The newest migration that this release knows; a database without it is too old for it.</summary>
public sealed record SchemaVersion(string Newest);

/// <summary>How a database answered.</summary>
/// <param name="Current">Whether it has the schema of this release.</param>
/// <param name="Refusal">What it said where it does not let this process in.</param>
internal sealed record DatabaseAnswer(bool Answers, bool Current, string? Refusal = null);

/// <summary>Asks the databases of a site how they are.</summary>
internal sealed class DatabaseProbe(Databases databases, SchemaVersion schema, Site site)
{
    /// <summary>A database that takes longer for one row does not answer.</summary>
    private static readonly TimeSpan MaxProbe = TimeSpan.FromSeconds(3);

    public Task<DatabaseAnswer> LocalAsync(CancellationToken ct) => AskAsync(databases.LocalAsync, ct);

    public Task<DatabaseAnswer> MainAsync(CancellationToken ct) => AskAsync(databases.MainAsync, ct);

    /// <summary>Whether reads do not use the site's database, because it lacks what this site has shown before.</summary>
    public async Task<bool> IsBehindAsync(WalPosition floor, CancellationToken ct)
    {
        if (floor == default)
            return false;
        try
        {
            await using var local = await databases.LocalAsync(ct);
            var standing = (await local.FindAsync<Standing>(Standing.Sql, new { site = site.Name, epoch = Guid.Empty }, ct))!;
            return !standing.HasLeft(floor) && !standing.Reaches(floor);
        }
        catch (OutageException)
        {
            return false;
        }
    }

    /// <summary>Asks the database that reads of this site use.</summary>
    public async Task<T> FromReadAsync<T>(bool fromMain, Func<DbSession, Task<T>> ask, CancellationToken ct)
    {
        if (!fromMain)
            return await databases.NearestAsync(ask, ct);
        await using var main = await databases.MainAsync(ct);
        return await ask(main);
    }

    private async Task<DatabaseAnswer> AskAsync(Func<CancellationToken, Task<DbSession>> open, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(MaxProbe);
        try
        {
            await using var session = await open(limit.Token);
            const string sql = "select exists (select from opsdb_migrations.applied_migration where concat(version, '_', name) = @newest)";
            return new(true, await session.FindAsync<bool>(sql, new { newest = schema.Newest }, limit.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(false, false);
        }
        catch (OutageException e) when (SqlState.IsSchemaOlder(e.GetBaseException()))
        {
            // Without that table nothing has been migrated yet, or by an earlier release.
            return new(true, false);
        }
        catch (OutageException e)
        {
            return new(false, false, e.GetBaseException() is Npgsql.PostgresException refusal && SqlState.IsRefusal(refusal) ? Told(refusal) : null);
        }
        catch (Npgsql.PostgresException e)
        {
            return new(true, false, Told(e));
        }

        static string Told(Npgsql.PostgresException e) => $"SQLSTATE {e.SqlState}: {e.MessageText}";
    }
}
