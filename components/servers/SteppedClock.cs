using System.Globalization;

namespace OpsDb.Servers;

/// <summary>
/// The wall clock of programs that are started with its settings: it can jump, while their monotonic clocks go on as before. Needs
/// libfaketime (the package of that name in Debian), which takes the place of the C library's clock in them.
/// </summary>
public sealed class SteppedClock
{
    private static readonly Lazy<string?> Library = new(() => Directory.Exists("/usr/lib")
        ? Directory.GetDirectories("/usr/lib").Prepend("/usr/lib").Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null);

    private readonly string file;

    /// <param name="file">Where the programs look for what the clock shows; its folder exists.</param>
    public SteppedClock(string file)
    {
        this.file = file;
        Step(TimeSpan.Zero);
        Settings = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library.Value ?? throw new ServersException("libfaketime is not installed."),
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            // Seconds until a program looks again.
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["NO_FAKE_STAT"] = "1",
        };
    }

    /// <summary>Why no clock can be stepped here; null when it can.</summary>
    public static string? WhyNot => Library.Value is null ? "libfaketime is not installed" : null;

    /// <summary>What a program needs in its environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>From a second later at most the clock is off by this.</summary>
    public void Step(TimeSpan offset)
    {
        var next = $"{file}.next";
        File.WriteAllText(next, offset.TotalSeconds.ToString("+0.000;-0.000", CultureInfo.InvariantCulture));
        File.Move(next, file, overwrite: true);
    }

    /// <summary>Removes what the library leaves behind of a program that was killed.</summary>
    public static void Forget(ServerProcess process)
    {
        foreach (var name in (string[])["faketime_shm_", "sem.faketime_sem_"])
            File.Delete($"/dev/shm/{name}{process.Pid.ToString(CultureInfo.InvariantCulture)}");
    }
}
