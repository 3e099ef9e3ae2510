using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>Reads observing modes as this site sees them.</summary>
public interface IObsModes : IReader<ObsMode>;
