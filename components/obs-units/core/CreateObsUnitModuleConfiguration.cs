using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A module takes part in an obs unit.</summary>
public sealed record CreateObsUnitModuleConfiguration(int ObsUnitId, int InstrumentModuleConfigurationId) : ICreate<ObsUnitModuleConfiguration>
{
    /// <summary>The one that the observation is made for; at most one in each unit.</summary>
    public bool IsPrimary { get; init; }
}
