using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>How long sessions last.</summary>
/// <param name="Idle">Without any request.</param>
/// <param name="Lifetime">In all.</param>
public sealed record SessionOptions(TimeSpan Idle, TimeSpan Lifetime)
{
    public static SessionOptions Read(Settings settings)
    {
        var idle = settings.Seconds("SESSION_IDLE_TIME", 8 * 3600, 60, 30 * 86400, "after how long without a request a browser's session is over");
        var lifetime = settings.Seconds("SESSION_LIFETIME", 24 * 3600, 60, 90 * 86400, "after how long a browser's session is over in any case");
        if (idle > lifetime)
            settings.Mistake("SESSION_IDLE_TIME is no longer than SESSION_LIFETIME");
        return new(idle, lifetime);
    }
}
