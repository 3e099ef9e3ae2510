using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Mirrors the users of the identity provider.</summary>
internal sealed class UserSyncJob(IUserSync sync, UserSyncOptions options) : IJob
{
    public string Name => "users-sync";

    public string Description => "Mirrors the users of the identity provider USERS_SYNC_URL, and disables those who are gone.";

    public string Schedule => "0 15 * * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main && options.Url is not null;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        try
        {
            var synced = await sync.RunAsync(force: false, ct);
            return JobResult.Of(synced.Created + synced.Changed + synced.Disabled + synced.Enabled, synced.Failures);
        }
        catch (NoAnswerException e)
        {
            throw new NoAnswerException($"the identity provider {e.Message}", e);
        }
    }
}
