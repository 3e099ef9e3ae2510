using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;

namespace OpsDb.Copies.Db;

internal sealed class PostgresDeletionObstacles(Databases databases) : IDeletionObstacles
{
    private const string Find = "select id, obstacles from physical_copy_deletion where id = any(@copies)";

    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<string>>> FindAsync(IReadOnlyCollection<Guid> copies, CancellationToken ct)
    {
        var found = await databases.NearestAsync(session => session.QueryAsync<(Guid Id, string[] Obstacles)>(Find, new { copies = copies.ToArray() }, ct), ct);
        return found.ToDictionary(f => f.Id, f => (IReadOnlyList<string>)f.Obstacles);
    }
}

public static class CopiesDbRegistration
{
    public static IServiceCollection AddCopiesDb(this IServiceCollection services) => services.AddSingleton<IDeletionObstacles, PostgresDeletionObstacles>();
}
