namespace OpsDb.Transactions;

/// <summary>How much of what is pending is of whom, so that nobody can fill the buffer alone.</summary>
internal sealed class ActorLoads
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (int Count, long Bytes)> loads = [];
    private readonly Queue<Pending> unapplied = new();
    private long applied;

    /// <summary>Adds the next one of the log; positions may be missing between it and the one before, when those have left the log.</summary>
    public void Add(Pending pending)
    {
        lock (gate)
        {
            if (pending.Position <= applied)
                return;
            unapplied.Enqueue(pending);
            var (count, bytes) = loads.GetValueOrDefault(pending.Actor.User);
            loads[pending.Actor.User] = (count + 1, bytes + pending.Bytes);
        }
    }

    /// <summary>Everything up to the position is known to be applied and does not count any more.</summary>
    public void Applied(long upTo)
    {
        lock (gate)
        {
            applied = Math.Max(applied, upTo);
            while (unapplied.TryPeek(out var next) && next.Position <= applied)
            {
                unapplied.Dequeue();
                var (count, bytes) = loads[next.Actor.User];
                if (count == 1)
                    loads.Remove(next.Actor.User);
                else
                    loads[next.Actor.User] = (count - 1, bytes - next.Bytes);
            }
        }
    }

    public (int Count, long Bytes) Of(string user)
    {
        lock (gate)
            return loads.GetValueOrDefault(user);
    }
}
