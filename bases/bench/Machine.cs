namespace OpsDb.Bench;

/// <summary>What the figures were measured on; nothing that tells which machine it was.</summary>
/// <param name="MemoryGib">In units of 2^30 bytes.</param>
/// <param name="Kernel">The numbers of its version.</param>
internal sealed record Machine(string Processor, int Cores, int MemoryGib, string Kernel)
{
    private const double Gibibyte = 1024 * Memory.Mebibyte;

    public static async Task<Machine> ReadAsync(CancellationToken ct)
    {
        var model = (await File.ReadAllLinesAsync("/proc/cpuinfo", ct)).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return new(model?.Split(": ", 2)[1] ?? "unknown processor", Environment.ProcessorCount,
            (int)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gibibyte), Environment.OSVersion.Version.ToString(3));
    }
}
