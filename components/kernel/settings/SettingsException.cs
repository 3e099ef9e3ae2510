namespace OpsDb.Kernel;

/// <summary>Settings that do not work, each with what is wrong.</summary>
public sealed class SettingsException(IReadOnlyList<string> mistakes)
    : Exception(mistakes is [var only]
        ? $"The settings have a mistake: {only}"
        : $"The settings have {mistakes.Count} mistakes:\n{string.Join('\n', mistakes.Select(m => $"  {m}"))}");
