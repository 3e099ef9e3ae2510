using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Reads instruments as this site sees them.</summary>
public interface IInstruments : IReader<Instrument>;
