using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>Tells users which of their tokens end soon.</summary>
internal sealed class RemindTokensJob(TokenReminders reminders) : IJob
{
    public string Name => "remind-tokens";

    public string Description => "Writes a message to users of each of their tokens that ends within 14 days, once.";

    public string Schedule => "0 0 6 * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct) => new(await reminders.RemindAsync(TokenReminders.Ahead, ct));
}
