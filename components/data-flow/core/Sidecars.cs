using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>What stands beside a packed file in an archive, so that it can be understood without a database.</summary>
/// <param name="Package">What it is.</param>
/// <param name="Execution">That it is from.</param>
/// <param name="Obscore">How the Virtual Observatory describes it (IVOA ObsCore); null when nobody has said.</param>
public sealed record ArchiveSidecar(RawDataPackage Package, Execution Execution, ObsCoreRecord? Obscore);

/// <summary>Writes descriptions beside packed files.</summary>
public sealed class Sidecars(IReader<Execution, Guid> executions, IReader<ObsCoreRecord, Guid> descriptions)
{
    internal static string KeyOf(Guid package) => $"{PackedFiles.KeyOf(package)}.json";

    internal async Task WriteAsync(RawDataPackage package, IStore archive, string ticket, CancellationToken ct)
    {
        var sidecar = new ArchiveSidecar(package, await executions.GetAsync(package.ExecutedObsUnitId, ct), await descriptions.FindAsync(package.Id, ct));
        await archive.WriteAsync(KeyOf(package.Id), ticket, (stream, token) => JsonSerializer.SerializeAsync(stream, sidecar, Json.Published, token), null, ct);
    }
}
