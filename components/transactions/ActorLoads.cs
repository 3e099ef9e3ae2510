namespace OpsDb.Transactions;

/// <summary>How much of what is pending is of whom, so that nobody can fill the buffer alone.</summary>
/// <param name="floor">The position before the first one that is added.</param>
internal sealed class ActorLoads(long floor)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (int Count, long Bytes)> loads = [];
    private long applied = floor;

    public void Add(Pending pending)
    {
        lock (gate)
        {
            var (count, bytes) = loads.GetValueOrDefault(pending.Actor.User);
            loads[pending.Actor.User] = (count + 1, bytes + pending.Bytes);
        }
    }

    /// <summary>It leaves the overlay; if it is known to be applied it does not count any more.</summary>
    public void Remove(Pending pending)
    {
        lock (gate)
        {
            if (pending.Position <= applied)
                return;
            applied = pending.Position;
            Subtract(pending);
        }
    }

    /// <param name="upTo">The position up to which everything is applied.</param>
    /// <param name="at">The transaction at a position, if the overlay still has it.</param>
    public (int Count, long Bytes) Of(string user, long upTo, Func<long, Pending?> at)
    {
        lock (gate)
        {
            for (; applied < upTo && at(applied + 1) is { } next; applied++)
                Subtract(next);
            return loads.GetValueOrDefault(user);
        }
    }

    private void Subtract(Pending pending)
    {
        var (count, bytes) = loads.GetValueOrDefault(pending.Actor.User);
        if (count <= 1)
            loads.Remove(pending.Actor.User);
        else
            loads[pending.Actor.User] = (count - 1, bytes - pending.Bytes);
    }
}
