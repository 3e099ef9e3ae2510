using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Reads observatories as this site sees them.</summary>
public interface IObservatories : IReader<Observatory>;
