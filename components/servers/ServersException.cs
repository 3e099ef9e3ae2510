namespace OpsDb.Servers;

/// <summary>A server cannot be found, started or reached; the message is one sentence that says what to do.</summary>
public sealed class ServersException(string message, Exception? inner = null) : Exception(message, inner);
