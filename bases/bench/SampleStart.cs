using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.Bench;

/// <summary>A start as a site decides it for a request with an idempotency key.</summary>
internal static class SampleStart
{
    public static Transaction Of(int number, int unit)
    {
        var actor = new Actor("observer", Guid.NewGuid());
        var execution = new Execution
        {
            Id = Guid.CreateVersion7(),
            ObsUnitId = unit,
            StartTime = DateTimeOffset.UtcNow,
            Comment = $"scan {number:000000000000}, wind from the west",
        };
        var id = Guid.CreateVersion7();
        var changes = new Changes().Create(execution);
        var now = Instant.Round(DateTimeOffset.UtcNow);
        var steps = changes.Stamp(actor, now, id);
        return new(id, BenchSite.Name, "executions.start", Transaction.CurrentSchemaVersion, actor, now, $"bench-{number:000000000000}",
            Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()) + Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()),
            Json.ToElement(changes.Stamped(execution)), steps);
    }
}
