using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Somebody as the provider lists them.</summary>
public sealed record ProviderUser(string Id, string Name, string? Email, string? DisplayName, bool IsEnabled);

/// <summary>The users of the provider.</summary>
public interface IProviderUsers
{
    /// <summary>All of them, or none: a part is never taken for the whole.</summary>
    /// <exception cref="NoAnswerException">It cannot be asked, or has not answered as it should.</exception>
    Task<IReadOnlyList<ProviderUser>> ListAsync(CancellationToken ct);
}

/// <summary>What became of the users.</summary>
/// <param name="Failures">Of whom it could not be made so, and why.</param>
public sealed record UsersSynced(int Created, int Changed, int Disabled, int Enabled, int Unchanged, IReadOnlyList<string> Failures);

/// <summary>Mirrors the users of an identity provider.</summary>
public interface IUserSync
{
    /// <summary>
    /// Makes users of those who are new, without roles, takes over names and mail, disables those who are gone or not enabled there, and
    /// enables again whom it has disabled. Users without an account of the provider it leaves alone.
    /// </summary>
    /// <param name="force">Whether it may disable any number.</param>
    /// <exception cref="NoAnswerException">The provider does not answer; nothing has changed.</exception>
    /// <exception cref="RefusalException">state-conflict: it would disable too many; nothing has changed.</exception>
    /// <exception cref="OutageException">main-unreachable; the next run goes on.</exception>
    Task<UsersSynced> RunAsync(bool force, CancellationToken ct);
}

internal sealed class UserSync(
    IProviderUsers provider, IReader<User, int> users, IReader<UserIdentity, int> identities, IForeignUsers foreign, ICommands commands,
    UserSyncOptions options) : IUserSync
{
    public async Task<UsersSynced> RunAsync(bool force, CancellationToken ct)
    {
        var listed = (await provider.ListAsync(ct)).DistinctBy(u => u.Id).ToDictionary(u => u.Id);
        var known = (await identities.ListAsync(ListQuery<UserIdentity>.Everything.Where("issuer", options.Issuer), ct)).Items;
        var here = await users.FindManyAsync([.. known.Select(i => i.AppUserId).Distinct()], ct);
        RequireFew(known.Where(i => here[i.AppUserId].DisabledAt is null).ToList(), listed, force);

        var counts = new Dictionary<SyncOutcome, int>();
        var failures = new List<string>();
        foreach (var identity in known)
            await TryAsync(identity.Subject, () => SyncAsync(identity, listed.GetValueOrDefault(identity.Subject), ct));
        foreach (var somebody in listed.Values.Where(u => u.IsEnabled).ExceptBy(known.Select(i => i.Subject), u => u.Id))
        {
            await TryAsync(somebody.Name, async () =>
            {
                await foreign.AdmitAsync(new(options.Issuer, somebody.Id, somebody.Name) { DisplayName = somebody.DisplayName, Email = somebody.Email }, ct);
                return SyncOutcome.Created;
            });
        }
        return new(Count(SyncOutcome.Created), Count(SyncOutcome.Changed), Count(SyncOutcome.Disabled), Count(SyncOutcome.Enabled),
            Count(SyncOutcome.Unchanged), failures);

        int Count(SyncOutcome outcome) => counts.GetValueOrDefault(outcome);

        async Task TryAsync(string name, Func<Task<SyncOutcome>> sync)
        {
            try
            {
                var outcome = await sync();
                counts[outcome] = Count(outcome) + 1;
            }
            catch (RefusalException e)
            {
                failures.Add($"{name}: {e.Message} {string.Join(' ', e.Errors.Select(f => $"{f.Key} {string.Join(", ", f.Value)}"))}".TrimEnd());
            }
        }
    }

    private async Task<SyncOutcome> SyncAsync(UserIdentity identity, ProviderUser? listed, CancellationToken ct) =>
        (await commands.SubmitAsync(new MirrorUser(identity.Id, listed), new(Actor.System), ct)).Result.Outcome;

    /// <summary>A list that lacks many is more likely wrong than true.</summary>
    private void RequireFew(List<UserIdentity> active, Dictionary<string, ProviderUser> listed, bool force)
    {
        var gone = active.Count(i => listed.GetValueOrDefault(i.Subject) is not { IsEnabled: true });
        if (!force && gone > Math.Max(1, active.Count * options.MaxDisable / 100))
        {
            throw new RefusalException(Problems.StateConflict, $"{gone} of {active.Count} users would be disabled, which is more than "
                + $"USERS_SYNC_MAX_DISABLE ({options.MaxDisable} %): nothing was changed. If the list of the provider is right, repeat with --force.");
        }
    }
}
