using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>Reads observing programs as this site sees them.</summary>
public interface IObservingPrograms : IReader<ObservingProgram>;
