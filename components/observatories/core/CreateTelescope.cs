using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A telescope is made known.</summary>
public sealed record CreateTelescope(int ObservatoryId, string Name, double LongitudeDeg, double LatitudeDeg, double AltitudeM) : ICreate<Telescope>
{
    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;
}
