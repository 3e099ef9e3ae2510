using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>Reads sources as this site sees them.</summary>
public interface ISources : IReader<Source>;
