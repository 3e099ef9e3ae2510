using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Reads telescopes as this site sees them.</summary>
public interface ITelescopes : IReader<Telescope>;
