using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Reads instrument modules as this site sees them.</summary>
public interface IInstrumentModules : IReader<InstrumentModule>;
