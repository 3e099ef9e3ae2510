using System.Diagnostics;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>Nobody reads the log: whoever keeps standard output has stalled, and the pipe is full.</summary>
public sealed class StalledReaderTests
{
    private const int Lines = 3500;

    [Test]
    public async Task The_site_goes_on_recording_and_applying_and_what_was_not_logged_is_counted()
    {
        var servers = AssemblyServers.Servers;
        await using var installation = await TestInstallation.CreateAsync(servers);
        await using var link = Relay.Start(Ports.Next(), servers.Postgres.Host, servers.Postgres.Port);
        var port = Ports.Next();
        using var process = Start(new(installation.SecondarySettings())
        {
            ["HTTP_URL"] = $"http://127.0.0.1:{port}",
            ["LOG_LEVEL"] = "debug",
            ["MAIN_DB_HOST"] = "127.0.0.1",
            ["MAIN_DB_PORT"] = $"{link.Port}",
        });
        try
        {
            var (read, dropped) = (0, 0);
            process.OutputDataReceived += (_, _) => Interlocked.Increment(ref read);
            process.ErrorDataReceived += (_, line) => Interlocked.Add(ref dropped, line.Data?.Contains("dropped", StringComparison.Ordinal) == true ? 1 : 0);
            await using var api = TestApi.At($"http://127.0.0.1:{port}");
            await Eventually.TrueAsync(api.IsReadyAsync, "the process is ready", 60);
            link.Down();
            await Parallel.ForAsync(0, Lines, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await RefusedAsync(api));
            link.Up();
            var started = await api.StartExecutionAsync();
            Assert.That(started.Status, Is.EqualTo(202), started.ToString());
            await Eventually.TrueAsync(async () => await installation.MainHasAsync() == 1, "it is applied", 60);

            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            link.Down();
            await Eventually.TrueAsync(
                async () =>
                {
                    await RefusedAsync(api);
                    return Volatile.Read(ref dropped) > 0;
                },
                "the number of dropped lines is told when there is room again");
            Assert.That(read, Is.GreaterThan(2000), "what had room is there");
        }
        finally
        {
            process.Kill();
        }
    }

    [Test]
    public async Task A_process_ends_in_time_although_its_last_lines_cannot_be_written()
    {
        var servers = AssemblyServers.Servers;
        await using var installation = await TestInstallation.CreateAsync(servers);
        var port = Ports.Next();
        // Nothing is at that port: each request is a line.
        using var process = Start(new(installation.SecondarySettings())
        {
            ["HTTP_URL"] = $"http://127.0.0.1:{port}",
            ["LOG_LEVEL"] = "debug",
            ["MAIN_DB_PORT"] = "1"
        });
        try
        {
            await using var api = TestApi.At($"http://127.0.0.1:{port}");
            await Eventually.TrueAsync(api.IsReadyAsync, "the process is ready", 60);
            await Parallel.ForAsync(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await RefusedAsync(api));
            new ServerProcess(process.Id, ProcessTable.Read(process.Id)!.StartTime).Signal(Libc.SigTerm);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await process.WaitForExitAsync(limit.Token);
            Assert.That(process.ExitCode, Is.Zero);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task RefusedAsync(TestApi api)
    {
        var refused = await api.PostAsync("/api/v1/sources", new { name = "nowhere", type = "fixed", ra_deg = 1, dec_deg = 1 }, token: TestTokens.Admin);
        Assert.That(refused.Status, Is.EqualTo(503), refused.ToString());
    }

    private static Process Start(Dictionary<string, string> settings)
    {
        var info = new ProcessStartInfo(BuiltPrograms.Dotnet, [BuiltPrograms.DataApi, "serve"])
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (var (name, value) in settings)
            info.Environment[name] = value;
        return Process.Start(info)!;
    }
}
