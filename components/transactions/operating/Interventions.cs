using System.Text.Json;
using FluentValidation;
using NpgsqlTypes;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How a failed transaction is tried again.</summary>
/// <param name="Overwrite">Take what the main database has now as seen: what the site decided wins.</param>
/// <param name="Steps">The corrected steps; the same rows in the same order. As they were logged when absent.</param>
/// <param name="Note">Why, for the audit; at most 2000 characters.</param>
public sealed record Retry(bool Overwrite = false, IReadOnlyList<Step>? Steps = null, string? Note = null);

/// <summary>What an operator says about an action.</summary>
/// <param name="Note">Why something was done, for the audit; at most 2000 characters.<example>The cable has been replaced.</example></param>
public sealed record Remark(string? Note = null)
{
    internal const int MaxLength = 2000;
}

internal sealed class RetryRules : AbstractValidator<Retry>
{
    public RetryRules() => RuleFor(r => r.Note).IsText(Remark.MaxLength);
}

internal sealed class RemarkRules : AbstractValidator<Remark>
{
    public RemarkRules() => RuleFor(r => r.Note).IsText(Remark.MaxLength);
}

/// <summary>What became of a transaction that an operator dealt with, and of those that waited behind it.</summary>
/// <param name="Id">Of the transaction.</param>
/// <param name="State">Where it is now.<example>applied</example></param>
/// <param name="Refusal">Why it is still failed.</param>
/// <param name="Followers">The same of those that waited behind it.</param>
public sealed record Resolution(Guid Id, TransactionState State, Refusal? Refusal, IReadOnlyList<Resolution> Followers);

/// <summary>
/// What operators can do about transactions that the main database refused. Everything happens on the main database, in
/// one commit that locks the site's watermark and raises its revision, so that no processor comes in between, and is audited; a dry run
/// is rolled back.
/// </summary>
public interface IInterventions
{
    /// <summary>Tries a failed transaction again and, when it succeeds, those that waited behind it. One that is settled already stays as it is.</summary>
    /// <exception cref="ProblemException">not-found, state-conflict (it is parked), invalid-fields, main-unreachable.</exception>
    Task<Resolution> RetryAsync(Guid id, Retry retry, Submission submission, CancellationToken ct);

    /// <summary>Gives a failed or parked transaction up, and tries those that waited behind it, each on its own.</summary>
    /// <exception cref="ProblemException">not-found, main-unreachable.</exception>
    Task<Resolution> DiscardAsync(Guid id, string? note, Submission submission, CancellationToken ct);

    /// <summary>Lets the processor of a site that has stopped at a run of refusals set them aside and go on.</summary>
    /// <exception cref="ProblemException">not-found, main-unreachable.</exception>
    Task ContinueAsync(string site, string? note, Submission submission, CancellationToken ct);

    /// <summary>Notes that an operator knows of the positions that a site's log has lost; health is degraded until then.</summary>
    /// <exception cref="ProblemException">not-found (there is nothing to acknowledge), main-unreachable.</exception>
    Task AcknowledgeLossAsync(string site, string? note, Submission submission, CancellationToken ct);
}

internal sealed class Interventions(
    Databases databases, Applier applier, Corrections corrections, SiteVisibility visibility, RowValidation rules, ProcessorSignal signal) : IInterventions
{
    public Task<Resolution> RetryAsync(Guid id, Retry retry, Submission submission, CancellationToken ct) =>
        InterveneAsync(id, retry, submission, ct, async (main, held) =>
        {
            if (!held.Failed)
                throw new RefusalException(Problems.StateConflict, "It waits behind a failed transaction; resolve that one, or discard this one.");
            var transaction = await corrections.ApplyAsync(main, held.Transaction, retry, ct);
            var refusal = await applier.TryAsync(main, transaction, ct);
            if (refusal is null)
                await SettleAsync(main, held, "applied", ct);
            else if (retry is { Steps: null, Overwrite: false })
                await FailAsync(main, held, refusal, ct);
            var edited = retry.Steps is not null || retry.Overwrite;
            await AuditAsync(main, held, edited ? "edit" : "retry", submission, retry.Note, refusal is null ? "applied" : "failed",
                edited ? transaction : null, ct);
            return new(held.Id, refusal is null ? TransactionState.Applied : TransactionState.Failed, refusal, []);
        });

    public Task<Resolution> DiscardAsync(Guid id, string? note, Submission submission, CancellationToken ct) =>
        InterveneAsync(id, new Remark(note), submission, ct, async (main, held) =>
        {
            await SettleAsync(main, held, "discarded", ct);
            await AuditAsync(main, held, "discard", submission, note, "discarded", null, ct);
            return new(held.Id, TransactionState.Discarded, null, []);
        });

    public async Task ContinueAsync(string site, string? note, Submission submission, CancellationToken ct)
    {
        if (await OnSiteAsync("revision = revision + 1", "true", "continue", site, note, submission, ct) == 0)
            throw new RefusalException(Problems.NotFound, $"The main database has nothing from a site {site}.");
        if (!submission.DryRun)
            signal.Wake();
    }

    public async Task AcknowledgeLossAsync(string site, string? note, Submission submission, CancellationToken ct)
    {
        const string set = "revision = revision + 1, acknowledged_at = clock_timestamp(), acknowledged_by = @actor";
        const string where = "previous_epoch is not null and acknowledged_at is null";
        if (await OnSiteAsync(set, where, "acknowledge_loss", site, note, submission, ct) == 0)
            throw new RefusalException(Problems.NotFound, $"The main database knows of no loss at a site {site} that is not acknowledged.");
    }

    /// <summary>Changes watermarks of a site, with the audit in the same statement.</summary>
    private async Task<int> OnSiteAsync(string set, string where, string action, string site, string? note, Submission submission, CancellationToken ct)
    {
        rules.Check(new Remark(note));
        await visibility.RequireAsync();
        await using var main = await databases.MainAsync(ct);
        await main.BeginAsync(ct);
        var changed = await main.ExecuteAsync(
            $"""
            with changed as (
              update site_watermark set {set} where site = @site and {where} returning site, epoch, position)
            insert into transaction_intervention (id, site, epoch, position, action, actor, token_id, address, note, outcome, at)
            select gen_random_uuid(), site, epoch, position, @action, @actor, @token, @address, @note, 'done', clock_timestamp() from changed
            """,
            new { site, action, actor = submission.Actor.User, token = submission.Actor.Token, address = submission.Address, note }, ct);
        if (submission.DryRun)
            return changed;
        await main.CommitAsync(CancellationToken.None);
        await visibility.ShowAsync(main, committed: null);
        return changed;
    }

    private async Task<Resolution> InterveneAsync(
        Guid id, object request, Submission submission, CancellationToken ct, Func<DbSession, HeldTransaction, Task<Resolution>> act)
    {
        rules.Check(request);
        await visibility.RequireAsync();
        try
        {
            return await InLockAsync(id, submission.DryRun, ct, act);
        }
        catch (Npgsql.PostgresException e) when (SqlState.IsTransient(e))
        {
            throw SqlState.Unreachable(Problems.MainUnreachable, e);
        }
    }

    private async Task<Resolution> InLockAsync(Guid id, bool isDry, CancellationToken ct, Func<DbSession, HeldTransaction, Task<Resolution>> act)
    {
        const string find = $"{HeldTransaction.Sql} where id = @id";
        await using var main = await databases.MainAsync(ct);
        await main.BeginAsync(ct);
        await main.ExecuteAsync("set local lock_timeout = '8s'", null, ct);
        if (await main.FindAsync<HeldTransaction>(find, new { id }, ct) is { } there)
        {
            await main.ExecuteAsync("update site_watermark set revision = revision + 1, holds = @holds where site = @site",
                new { holds = Guid.CreateVersion7(), site = there.Site }, ct);
        }
        // Read again under the lock: somebody else may have settled it.
        if (await main.FindAsync<HeldTransaction>(find, new { id }, ct) is not { } held)
        {
            var outcome = await main.FindAsync<string>("select outcome from applied_transaction where id = @id", new { id }, ct)
                ?? throw new RefusalException(Problems.NotFound,
                    $"The main database does not know the transaction {id}; a pending one cannot be dealt with yet.");
            await visibility.ShowAsync(main, id, forDecisions: true);
            return new(id, EnumText.Parse<TransactionState>(outcome), null, []);
        }
        var resolution = await act(main, held);
        if (resolution.State != TransactionState.Failed)
            resolution = resolution with { Followers = await FollowAsync(main, held.Site, ct) };
        if (isDry)
            return resolution;
        await main.CommitAsync(CancellationToken.None);
        signal.Wake();
        await visibility.ShowAsync(main, id, forDecisions: true);
        return resolution;
    }

    /// <summary>Tries in order, each on its own, what is parked and no longer waits for anything.</summary>
    private async Task<IReadOnlyList<Resolution>> FollowAsync(DbSession main, string site, CancellationToken ct)
    {
        var followers = new List<Resolution>();
        var waiting = new HashSet<string>();
        foreach (var held in await main.QueryAsync<HeldTransaction>($"{HeldTransaction.Sql} where site = @site order by number", new { site }, ct))
        {
            var transaction = held.Transaction;
            if (held.Failed || transaction.Reads.Concat(transaction.WriteGuards).Any(waiting.Contains))
            {
                waiting.UnionWith(transaction.WriteGuards);
            }
            else if (await applier.TryAsync(main, transaction, ct) is { } refusal)
            {
                await FailAsync(main, held, refusal, ct);
                waiting.UnionWith(transaction.WriteGuards);
                followers.Add(new(held.Id, TransactionState.Failed, refusal, []));
            }
            else
            {
                await SettleAsync(main, held, "applied", ct);
                followers.Add(new(held.Id, TransactionState.Applied, null, []));
            }
        }
        return followers;
    }

    private static Task SettleAsync(DbSession main, HeldTransaction held, string outcome, CancellationToken ct) => main.ExecuteAsync(
        "delete from held_transaction where id = @id; update applied_transaction set outcome = @outcome, applied_at = clock_timestamp() where id = @id",
        new { id = held.Id, outcome }, ct);

    private static Task FailAsync(DbSession main, HeldTransaction held, Refusal refusal, CancellationToken ct) => main.ExecuteAsync(
        """
        update held_transaction set state = 'failed', code = @code, constraint_name = @constraint, reason = @reason, conflicts = @conflicts::json
        where id = @id;
        update applied_transaction set outcome = 'failed' where id = @id
        """,
        new
        {
            id = held.Id,
            code = refusal.Code,
            constraint = refusal.Constraint,
            reason = refusal.Reason,
            conflicts = JsonSerializer.Serialize(refusal.Conflicts, Json.Options),
        }, ct);

    private static async Task AuditAsync(
        DbSession main, HeldTransaction held, string action, Submission submission, string? note, string outcome, Transaction? after, CancellationToken ct)
    {
        await using var batch = new Npgsql.NpgsqlBatch();
        batch.BatchCommands.Add(Executor.Statement(
            """
            insert into transaction_intervention (id, site, transaction_id, epoch, position, action, actor, token_id, address, note, outcome,
                                                  before, after, at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp())
            """,
            Guid.CreateVersion7(), held.Site, held.Id, held.Epoch, held.Position, action, submission.Actor.User,
            Executor.Optional(submission.Actor.Token, NpgsqlDbType.Uuid), Executor.Optional(submission.Address, NpgsqlDbType.Text),
            Executor.Optional(note, NpgsqlDbType.Text), outcome,
            Executor.Optional(held.Entry, NpgsqlDbType.Json),
            Executor.Optional(after is null ? null : JsonSerializer.Serialize(after, Json.Options), NpgsqlDbType.Json)));
        await main.ExecuteAsync(batch, TimeSpan.FromSeconds(30), ct);
    }
}
