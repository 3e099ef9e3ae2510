using System.Text.Json;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Executes a decision on the main database at once. What was decided on is compared in the statements themselves.</summary>
internal sealed class DirectSink(Databases databases, Executor executor, RequestState request, SiteVisibility visibility, Site site)
{
    private const int Attempts = 4;

    /// <summary>How long the main database may take for many rows.</summary>
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(60);

    public async Task<RecordResult> RecordAsync(
        Submission submission, string kind, Func<CancellationToken, Task<PreparedTransaction>> decide, CancellationToken ct)
    {
        await visibility.RequireAsync();
        for (var attempt = 1; ; attempt++)
        {
            request.Begin(ReadPurpose.Main);
            if (await FindAsync(submission, ct) is { } first)
                return first;
            PreparedTransaction draft;
            try
            {
                draft = await decide(ct);
            }
            catch (RefusalException) when (submission.IdempotencyKey is not null)
            {
                // The same request may have been executed since the look-up and be what this refusal rests on.
                if (await FindAsync(submission, ct) is { } stored)
                    return stored;
                throw;
            }
            if (draft.Steps.Count == 0 && submission.IdempotencyKey is null)
            {
                if (site.Type == SiteType.Secondary)
                {
                    await using var main = await databases.MainAsync(ct);
                    await visibility.ShowAsync(main);
                }
                return new(draft.Id, SyncState.Applied, draft.Answer, false) { Unchanged = true };
            }
            try
            {
                await ExecuteAsync(Exactly(draft.ToTransaction(submission, kind, site)), submission.DryRun, ct);
                return new(draft.Id, SyncState.Applied, draft.Answer, false);
            }
            catch (PostgresException e) when (e.SqlState == SqlState.RowConflict
                || e.SqlState == SqlState.UniqueViolation
                    && (e.ConstraintName == "applied_transaction_key" || e.ConstraintName?.EndsWith("_pkey", StringComparison.Ordinal) == true))
            {
                // The rows, or the key, moved between the decision and its execution, or a row that is created is there by now: decide again.
                if (attempt == Attempts)
                    throw new RefusalException(Problems.ConcurrentChange, "The rows changed each time this change was tried.");
            }
            catch (PostgresException e) when (e.SqlState == SqlState.RuleBroken && attempt == 1)
            {
                // What it rests on may have moved between the decision and its execution: then the next one is refused in words of its own.
            }
            catch (PostgresException e) when (e.SqlState == SqlState.RuleBroken)
            {
                throw new RefusalException(Problems.StateConflict, $"{e.MessageText}.");
            }
            catch (PostgresException e) when (e.SqlState == SqlState.UniqueViolation)
            {
                throw new RefusalException(Problems.AlreadyExists, $"A {e.TableName} with the same {Fields(e)} exists already.");
            }
            catch (PostgresException e) when (e.SqlState == SqlState.ExclusionViolation)
            {
                throw new RefusalException(Problems.StateConflict, $"It overlaps another {Noun(e)} ({e.ConstraintName}).");
            }
            catch (PostgresException e) when (e.SqlState == SqlState.ForeignKeyViolation && !Writes(draft, e.TableName))
            {
                throw new RefusalException(Problems.StillReferenced, $"At least one {Noun(e)} refers to it ({e.ConstraintName}).");
            }
            catch (PostgresException e) when (e.SqlState == SqlState.ForeignKeyViolation)
            {
                throw new RefusalException(Problems.ReferenceUnknown, $"The {e.TableName} refers to a row that does not exist ({e.ConstraintName}).");
            }
        }
    }

    /// <summary>
    /// The same, resting on the versions too. The caller waits for the answer, which names the next version, and can be told to read
    /// again; what a log carries merges instead.
    /// </summary>
    private static Transaction Exactly(Transaction transaction) =>
        transaction with { Steps = [.. transaction.Steps.Select(s => s with { Rows = [.. s.Rows.Select(Exactly)] })] };

    private static RowChange Exactly(RowChange change)
    {
        if (change is not { Version: { } version, Seen: { } seen })
            return change;
        var fields = new Dictionary<string, JsonElement>(seen.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value)))
        {
            ["version"] = Json.ToElement(version),
        };
        return change with { Seen = Json.ToElement(fields) };
    }

    private async Task ExecuteAsync(Transaction transaction, bool isDry, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.BeginAsync(ct);
        await using var batch = new NpgsqlBatch();
        executor.Append(batch, transaction);
        await main.ExecuteAsync(batch, transaction.HasManyRows ? LongPatience : null, ct);
        // The database has taken it; what is not committed is rolled back.
        if (isDry)
            return;
        try
        {
            // From here on the outcome belongs to the database: the caller may go, the commit may not be torn.
            await main.CommitAsync(CancellationToken.None);
        }
        catch (OutageException e)
        {
            throw new OutageException(TransactionProblems.OutcomeUnknown, "The connection broke while the change was being committed.")
            {
                Transaction = transaction.Id,
                RetryAfter = e.RetryAfter,
            };
        }
        // Nothing that is decided for the log from now on may rest on a row that is gone.
        await visibility.ShowAsync(main, transaction.Id, forDecisions: transaction.Steps.Any(s => s.Operation == StepOperation.Delete));
    }

    /// <summary>PostgreSQL names the table that refers, whichever side of a foreign key was changed.</summary>
    private static bool Writes(PreparedTransaction draft, string? table) => draft.Steps.Any(s => s.Entity == table && s.Operation != StepOperation.Delete);

    private static string Noun(PostgresException e) => e.TableName?.Replace('_', ' ') ?? "row";

    private async Task<RecordResult?> FindAsync(Submission submission, CancellationToken ct)
    {
        if (submission.IdempotencyKey is not { } key)
            return null;
        await using var main = await databases.MainAsync(ct);
        var first = await main.FindAsync<AppliedTransaction>(IdempotencyKeys.FindDirectSql, new { site = site.Name, actor = submission.Actor.User, key }, ct);
        if (first?.Replay(submission) is not { } replay)
            return null;
        if (site.Type == SiteType.Secondary)
            // It may have deleted something, and its first answer may have been lost before decisions were told.
            await visibility.ShowAsync(main, first.Id, forDecisions: true);
        return replay;
    }

    /// <summary>PostgreSQL names a unique constraint table_columns_key; the columns are what the caller knows.</summary>
    private static string Fields(PostgresException e)
    {
        var name = e.ConstraintName ?? "";
        if (name.EndsWith("_pkey", StringComparison.Ordinal))
            return "id";
        var start = e.TableName is { } table && name.StartsWith(table, StringComparison.Ordinal) ? table.Length + 1 : 0;
        return name[Math.Min(start, name.Length)..].Replace("_key", "", StringComparison.Ordinal);
    }
}
