using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How far the main database is with one epoch of a site's log, in one reading.</summary>
/// <param name="Held">Guards of what failed and parked transactions move: what depends on them waits behind them.</param>
internal sealed record Progress(Guid Epoch, Watermark Watermark, IReadOnlySet<string> Held)
{
    /// <summary>The first position that was not applied but held and that the site's replica may lack.</summary>
    public long? FirstHeld { get; init; }

    public Progress To(Transaction last, IReadOnlySet<string> held, long? firstHeld) => this with
    {
        Watermark = Watermark with { Position = last.Position!.Value.Position, TransactionId = last.Id },
        Held = held,
        FirstHeld = FirstHeld ?? firstHeld,
    };
}

/// <summary>
/// Executes logged transactions on the main database. Each commit advances the watermark from exactly where it was read,
/// so that of two processes that do the same work one fails. In one file, because the order of a commit's statements is seen only beside all of them.
/// </summary>
internal sealed class Applier(Databases databases, Executor executor, Site site, PublishedSteps published)
{
    /// <summary>Refusals in a row, of one kind and with one cause, that are believed to be the transactions' own.</summary>
    public const int MaxRun = 9;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Where the main database is; null when it has not met the epoch yet.</summary>
    /// <param name="replicated">What the site's replica is known to have.</param>
    public async Task<Progress?> FindAsync(Guid epoch, long replicated, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        var found = await main.FindAsync<Reading>(
            """
            select position, transaction_id, revision, array(select distinct unnest(moves) from held_transaction where site = @site) as held,
                   least((select min(position) from held_transaction where site = @site and epoch = @epoch and position > @replicated),
                         (select min(position) from applied_transaction
                          where site = @site and epoch = @epoch and position > @replicated and outcome = 'discarded')) as first_held
            from site_watermark where site = @site and epoch = @epoch
            """,
            new { site = site.Name, epoch, replicated }, ct);
        return found is null
            ? null
            : new(epoch, new(found.Position, found.TransactionId, found.Revision), found.Held.ToHashSet()) { FirstHeld = found.FirstHeld };
    }

    /// <summary>
    /// Makes a new epoch known to the main database: it begins where the former one is, but not beyond the place where they
    /// part. Whoever still works in the former one fails from now on.
    /// </summary>
    public async Task BeginAsync(Lineage lineage, CancellationToken ct)
    {
        var change = lineage.Changes.FirstOrDefault();
        var parameters = new DynamicParameters(lineage.Parameters(site));
        parameters.AddDynamicParams(new
        {
            epoch = lineage.Epoch,
            previous = change?.Previous,
            fork = change?.Fork,
            forkTransaction = change?.ForkTransaction,
            missing = change?.Missing,
            seen = change?.Seen,
            reason = change?.Reason,
        });
        await using var main = await databases.MainAsync(ct);
        await main.BeginAsync(ct);
        await main.ExecuteAsync("update site_watermark set revision = revision + 1 where site = @site", parameters, ct);
        await main.ExecuteAsync(
            $"""
            insert into site_watermark (site, epoch, position, transaction_id, revision, holds, begun_at,
                                        previous_epoch, fork_position, applied_position, missing_position, seen_position, reason)
            select @site, @epoch, coalesce(p.position, 0), coalesce(p.transaction_id, case when p.position = @fork then @forkTransaction end), 0,
                   p.holds, clock_timestamp(),
                   @previous, @fork, (select position from site_watermark where site = @site and epoch = @previous), @missing, @seen, @reason
            from (values (1)) as one left join lateral {Lineage.WatermarkSql} p on true
            on conflict do nothing
            """,
            parameters, ct);
        await main.CommitAsync(ct);
    }

    /// <summary>Where the main database's write-ahead log is.</summary>
    public async Task<WalPosition> ReadWalAsync(CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return WalPosition.Of((await main.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, Lineage.None.Parameters(site), ct))!);
    }

    /// <summary>Which of the transactions the main database has had already, under another epoch.</summary>
    public async Task<IReadOnlySet<Guid>> KnownAsync(IEnumerable<Transaction> transactions, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        const string find = "select id from applied_transaction where id = any(@ids)";
        return (await main.QueryAsync<Guid>(find, new { ids = transactions.Select(t => t.Id).ToArray() }, ct)).ToHashSet();
    }

    /// <summary>
    /// Applies a batch in one commit and one flight: what depends on a held transaction is parked behind it, what is known
    /// is skipped.
    /// </summary>
    /// <param name="prepared">The statements that execute them all, if they are made.</param>
    /// <returns>The new state, and where the main database's write-ahead log was before it.</returns>
    /// <exception cref="RefusedException">One of them is refused; nothing was applied.</exception>
    public async Task<(Progress Progress, WalPosition Wal)> ApplyAsync(
        Progress before, IReadOnlyList<Transaction> transactions, NpgsqlBatch? prepared, IReadOnlySet<Guid> known, CancellationToken ct)
    {
        try
        {
            return await ApplyAsync(before, transactions, prepared, known, together: true, ct);
        }
        catch (RefusedException e) when (e.Index is null && transactions.Count > 1)
        {
            // Statements of their own tell which one it is.
            return await ApplyAsync(before, transactions, null, known, together: false, ct);
        }
    }

    private async Task<(Progress Progress, WalPosition Wal)> ApplyAsync(
        Progress before, IReadOnlyList<Transaction> transactions, NpgsqlBatch? prepared, IReadOnlySet<Guid> known, bool together, CancellationToken ct)
    {
        RequireNext(before, transactions);
        var held = new HashSet<string>(before.Held);
        var plan = transactions.Where(t => !known.Contains(t.Id)).Select(t => (Transaction: t, Parks: Parks(t, held))).ToList();
        await using var batch = new NpgsqlBatch();
        var owners = new List<Transaction?> { null, null, null };
        var run = new List<Transaction>();
        batch.BatchCommands.Add(new("begin"));
        batch.BatchCommands.Add(new("set local lock_timeout = '10s'"));
        batch.BatchCommands.Add(Advance(before, transactions[^1], plan.Exists(p => p.Parks)));
        foreach (var (transaction, parks) in plan)
        {
            if (!parks)
                run.Add(transaction);
            if (parks || !together)
                AppendRun();
            if (!parks)
                continue;
            AppendHeld(batch, transaction, null);
            Own(transaction);
        }
        AppendRun();
        batch.BatchCommands.Add(new("commit"));

        await using var main = await databases.MainAsync(ct);
        try
        {
            var wal = WalPosition.Parse(await main.ReadFirstAsync<string>(batch, Timeout, ct));
            return (before.To(transactions[^1], held, plan.Find(p => p.Parks).Transaction?.Position!.Value.Position), wal);
        }
        catch (PostgresException e) when (SqlState.IsPermanent(e))
        {
            var command = e.BatchCommand is { } failed ? batch.BatchCommands.IndexOf(failed) : -1;
            var owner = command >= 0 && command < owners.Count ? owners[command] : null;
            throw new RefusedException(owner is null ? null : transactions.ToList().IndexOf(owner), e);
        }

        void AppendRun()
        {
            if (run.Count == 0)
                return;
            if (prepared is null || run.Count < transactions.Count)
                executor.Append(batch, run);
            else
            {
                foreach (var command in prepared.BatchCommands)
                    batch.BatchCommands.Add(command);
            }
            Own(run.Count == 1 ? run[0] : null);
            run.Clear();
        }

        void Own(Transaction? owner) => owners.AddRange(Enumerable.Repeat(owner, batch.BatchCommands.Count - owners.Count));
    }

    /// <summary>
    /// Applies one transaction by itself. When the main database refuses it, the same commit advances the watermark and
    /// stores the transaction as failed, with the reason and the rows in conflict.
    /// </summary>
    /// <returns>The new state, and the refusal if there was one.</returns>
    /// <exception cref="SystemicFailureException">It would be one refusal too many of the same kind; nothing was stored.</exception>
    public async Task<(Progress Progress, Refusal? Refusal)> ApplyOneAsync(Progress before, Transaction transaction, CancellationToken ct)
    {
        RequireNext(before, [transaction]);
        var held = new HashSet<string>(before.Held);
        Refusal? refusal = null;
        var parks = false;
        await using var main = await databases.MainAsync(ct);
        await main.BeginAsync(ct);
        var known = await main.FindAsync<FirstUse>(
            """
            select id, body_hash from applied_transaction
            where id = @id or (site = @site and actor = @actor and idempotency_key = @key and epoch is not null and outcome <> 'duplicate')
            order by id <> @id limit 1
            """,
            new { id = transaction.Id, site = site.Name, actor = transaction.Actor.User, key = transaction.IdempotencyKey }, ct);
        await using (var batch = new NpgsqlBatch())
        {
            batch.BatchCommands.Add(new("set local lock_timeout = '10s'"));
            batch.BatchCommands.Add(Advance(before, transaction, known is null || (known.Id != transaction.Id && known.BodyHash != transaction.BodyHash)));
            await main.ExecuteAsync(batch, Timeout, ct);
        }
        await using (var batch = new NpgsqlBatch())
        {
            if (known is null && (parks = Parks(transaction, held)))
                AppendHeld(batch, transaction, null);
            else if (known is null && (refusal = await TryAsync(main, transaction, ct)) is null)
                Executor.AppendRecords(batch, [transaction], "applied");
            else if (known is null)
                AppendHeld(batch, transaction, refusal);
            else if (known.Id != transaction.Id && known.BodyHash == transaction.BodyHash)
                Executor.AppendRecords(batch, [transaction], "duplicate", known.Id);
            else if (known.Id != transaction.Id)
                AppendHeld(batch, transaction with { IdempotencyKey = null }, refusal = Refusal.KeyReused);
            if (refusal is not null)
            {
                await RequireSporadicAsync(main, transaction, refusal, ct);
                held.UnionWith(transaction.WriteGuards);
            }
            if (batch.BatchCommands.Count > 0)
                await main.ExecuteAsync(batch, Timeout, ct);
        }
        await main.CommitAsync(CancellationToken.None);
        return (before.To(transaction, held, parks || refusal is not null ? transaction.Position!.Value.Position : null), refusal);
    }

    /// <summary>Executes the steps within the open database transaction; when they are refused, they alone are undone.</summary>
    public async Task<Refusal?> TryAsync(DbSession main, Transaction transaction, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch();
        batch.BatchCommands.Add(new("savepoint one"));
        executor.AppendSteps(batch, transaction);
        batch.BatchCommands.Add(new("release savepoint one"));
        try
        {
            await main.ExecuteAsync(batch, Timeout, ct);
            return null;
        }
        catch (PostgresException e) when (SqlState.IsPermanent(e))
        {
            await main.ExecuteAsync("rollback to savepoint one", null, ct);
            return Refusal.From(e, e.SqlState == SqlState.RowConflict ? await ConflictsAsync(main, transaction, ct) : []);
        }
    }

    /// <summary>Ends whoever holds this site's watermark and waits for words that do not come: a batch of which a broken link has brought one half.</summary>
    /// <returns>How many were ended.</returns>
    public async Task<int> EndHalfReceivedAsync(CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.FindAsync<int>(
            """
            select count(*) filter (where pg_terminate_backend(a.pid))
            from pg_stat_activity a
            where a.usename = current_user and a.application_name = current_setting('application_name')
              and a.pid <> pg_backend_pid() and a.datname = current_database()
              and a.wait_event = 'ClientRead' and a.xact_start < clock_timestamp() - interval '5 seconds'
              and exists (select from pg_locks l where l.pid = a.pid and l.granted and l.relation = 'site_watermark'::regclass and l.mode = 'RowExclusiveLock')
            """, null, ct);
    }

    /// <summary>Stores a transaction that is not applied now; without a refusal it is parked behind one that is.</summary>
    private static void AppendHeld(NpgsqlBatch batch, Transaction t, Refusal? refusal)
    {
        var state = refusal is null ? "parked" : "failed";
        Executor.AppendRecords(batch, [t], state);
        batch.BatchCommands.Add(Executor.Statement(
            """
            insert into held_transaction (id, site, epoch, position, kind, state, entry, moves, code, constraint_name, reason, conflicts, held_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp())
            """,
            t.Id, t.Site, t.Position!.Value.Epoch, t.Position.Value.Position, t.Kind, state,
            Executor.Optional(JsonSerializer.Serialize(t, Json.Options), NpgsqlDbType.Json), t.WriteGuards.ToArray(),
            Executor.Optional(refusal?.Code, NpgsqlDbType.Text), Executor.Optional(refusal?.Constraint, NpgsqlDbType.Text),
            Executor.Optional(refusal?.Reason, NpgsqlDbType.Text),
            Executor.Optional(refusal is null ? null : JsonSerializer.Serialize(refusal.Conflicts, Json.Options), NpgsqlDbType.Json)));
    }

    /// <summary>Whatever went wrong before, no transaction is passed over.</summary>
    private static void RequireNext(Progress before, IReadOnlyList<Transaction> transactions)
    {
        var next = before.Watermark.Position;
        if (transactions.FirstOrDefault(t => t.Position!.Value.Position != ++next) is { } other)
            throw new InvalidOperationException($"position {other.Position!.Value.Position} is not {next}, which comes next after the watermark");
    }

    /// <summary>Whether it depends on a held one; then what it moves is held as well.</summary>
    private static bool Parks(Transaction transaction, HashSet<string> held)
    {
        if (held.Count == 0 || !transaction.Reads.Concat(transaction.WriteGuards).Any(held.Contains))
            return false;
        held.UnionWith(transaction.WriteGuards);
        return true;
    }

    private async Task<IReadOnlyList<Conflict>> ConflictsAsync(DbSession main, Transaction transaction, CancellationToken ct)
    {
        var conflicts = new List<Conflict>();
        foreach (var step in transaction.Steps.Where(s => s.Operation != StepOperation.Create))
        {
            var stored = await executor.StoredAsync(main, step.Entity, [.. step.Rows.Select(r => r.Key)], ct);
            foreach (var change in step.Rows)
            {
                var fields = change.Seen!.Value.EnumerateObject().ToList();
                if (stored[change.Key] is not { } row)
                    conflicts.Add(new(step.Entity, change.Key, published.Of(step.Entity, change.Seen.Value), null));
                else if (fields.Exists(f => !JsonElement.DeepEquals(f.Value, row.GetProperty(f.Name))))
                    conflicts.Add(new(step.Entity, change.Key, published.Of(step.Entity, change.Seen.Value), published.Of(step.Entity,
                        Json.ToElement(fields.ToDictionary(f => f.Name, f => row.GetProperty(f.Name))))));
            }
        }
        return conflicts;
    }

    private async Task RequireSporadicAsync(DbSession main, Transaction t, Refusal refusal, CancellationToken ct)
    {
        var run = await main.FindAsync<int>(
            """
            select count(*) from held_transaction
            where site = @site and epoch = @epoch and state = 'failed' and kind = @kind and code = @code and constraint_name is not distinct from @constraint
              and position > greatest(
                (select max(position) from applied_transaction where site = @site and epoch = @epoch and kind = @kind and outcome = 'applied'),
                (select max(position) from transaction_intervention where site = @site and epoch = @epoch and action = 'continue'),
                0)
            """,
            new { site = site.Name, epoch = t.Position!.Value.Epoch, kind = t.Kind, code = refusal.Code, constraint = refusal.Constraint }, ct);
        if (run >= MaxRun)
            throw new SystemicFailureException(refusal, t.Kind, run + 1);
    }

    private NpgsqlBatchCommand Advance(Progress before, Transaction to, bool holds) => Executor.Statement(
        $"""
        with moved as (
          update site_watermark set position = $3, transaction_id = $4, holds = coalesce($8, holds)
          where site = $1 and epoch = $2 and position = $5 and transaction_id is not distinct from $6 and revision = $7
          returning 1)
        select case when opsdb_expect(count(*), 1, '{SqlState.WatermarkMoved}', 'site_watermark', $1)
                    then concat_ws(' ', {WalPosition.TimelineSql}, pg_current_wal_insert_lsn()) end from moved
        """,
        site.Name, before.Epoch, to.Position!.Value.Position, to.Id, before.Watermark.Position,
        Executor.Optional(before.Watermark.TransactionId, NpgsqlDbType.Uuid), before.Watermark.Revision,
        Executor.Optional(holds ? Guid.CreateVersion7() : null, NpgsqlDbType.Uuid));

    private sealed record FirstUse
    {
        public Guid Id { get; init; }
        public string? BodyHash { get; init; }
    }

    private sealed record Reading
    {
        public long Position { get; init; }
        public Guid? TransactionId { get; init; }
        public long Revision { get; init; }
        public string[] Held { get; init; } = [];
        public long? FirstHeld { get; init; }
    }
}
