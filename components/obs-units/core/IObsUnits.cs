using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>Reads obs units as this site sees them.</summary>
public interface IObsUnits : IReader<ObsUnit>;
