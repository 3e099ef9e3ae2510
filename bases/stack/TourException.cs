namespace OpsDb.Stack;

/// <summary>The tour saw something that must not be; the message says what.</summary>
internal sealed class TourException(string message, Exception? inner = null) : Exception(message, inner);
