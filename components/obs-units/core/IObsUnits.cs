using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

public interface IObsUnits
{
    Task<ObsUnit?> FindAsync(int id, CancellationToken ct);

    Task<Page<ObsUnit>> ListAsync(ListQuery<ObsUnit> query, CancellationToken ct);
}
