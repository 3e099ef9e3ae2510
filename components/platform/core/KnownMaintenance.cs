using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>
/// The maintenance that this site knows of, read every few seconds while somebody asks. A database that does not answer holds nobody up:
/// what was known last holds then.
/// </summary>
internal sealed class KnownMaintenance(IServiceScopeFactory scopes, TimeProvider time)
{
    internal static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);

    /// <summary>How long those who ask wait for a reading that is under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.25);

    private readonly Lock turn = new();
    private Maintenance? known;
    private Task reading = Task.CompletedTask;
    private long? begunAt;

    /// <returns>Null when none is set, and when this process has never been able to read whether one is.</returns>
    public async Task<Maintenance?> FindAsync()
    {
        var (latest, patience) = Begin();
        if (!latest.IsCompleted && patience > TimeSpan.Zero)
            await Task.WhenAny(latest, Task.Delay(patience, time));
        return Volatile.Read(ref known);
    }

    private (Task Reading, TimeSpan Patience) Begin()
    {
        lock (turn)
        {
            if (begunAt is not { } before || reading.IsCompleted && time.GetElapsedTime(before) >= Memory)
            {
                begunAt = before = time.GetTimestamp();
                reading = Task.Run(ReadAsync);
            }
            return (reading, Patience - time.GetElapsedTime(before));
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var settings = scope.ServiceProvider.GetRequiredService<IReader<PlatformSetting, Guid>>();
            var found = await settings.FindAsync(PlatformSetting.IdOf(SettingName.Maintenance), CancellationToken.None);
            Volatile.Write(ref known, found?.Value.Deserialize<Maintenance>(Json.Options));
        }
        catch (Exception e) when (e is ProblemException or JsonException)
        {
            // The database is away, or a newer release has written fields that this one does not know.
        }
    }
}
