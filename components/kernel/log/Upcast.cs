using System.Text.Json.Nodes;

namespace OpsDb.Kernel;

/// <summary>
/// Makes the entry that an older release wrote into what the next one would have written. Pure: it knows the entry alone.
/// A component whose steps change their shape registers one, and keeps it for one release.
/// </summary>
/// <param name="Kind">Of the transaction, e.g. <c>executions.start</c>.</param>
/// <param name="From">The schema version that it reads; it writes the next one.</param>
/// <param name="Apply">Changes the entry; the version is raised by the reader.</param>
public sealed record Upcast(string Kind, int From, Action<JsonObject> Apply);
