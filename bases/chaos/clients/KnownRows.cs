namespace OpsDb.Chaos;

/// <summary>A row as some client has seen it last.</summary>
/// <param name="Id">As JSON.</param>
/// <param name="Tagged">The row that the tag came with; null where that is not known.</param>
internal sealed record KnownRow(string Id, string ETag, bool IsRunning, AnswerRow? Tagged = null);

/// <summary>Rows of one entity that clients of a site know of; the newest of them. For several threads.</summary>
internal sealed class KnownRows(int most = 4000)
{
    private const int Tries = 8;

    private readonly List<string> ids = [];
    private readonly Dictionary<string, KnownRow> rows = [];
    private readonly Lock turn = new();
    private int oldest;

    public void Saw(AnswerRow row, string? etag)
    {
        lock (turn)
        {
            if (!rows.ContainsKey(row.Id))
                Add(row.Id);
            rows[row.Id] = new(row.Id, etag ?? $"\"{row.Version}\"", row.Status == "running", etag is null ? null : row);
        }
    }

    /// <summary>A row of which an answer has told the id alone.</summary>
    public void SawId(string id)
    {
        lock (turn)
        {
            if (!rows.ContainsKey(id))
                Add(id);
            rows.TryAdd(id, new(id, "\"1\"", false));
        }
    }

    /// <summary>Any of the rows, the newest ones more often; null when none suits.</summary>
    /// <param name="window">How many of the newest are looked at; mostly.</param>
    public KnownRow? Pick(Random random, int window, Func<KnownRow, bool>? suits = null)
    {
        lock (turn)
        {
            for (var i = 0; i < Tries && ids.Count > 0; i++)
            {
                var back = random.Next(random.Next(8) == 0 ? ids.Count : Math.Min(window, ids.Count));
                // The newest is right before the oldest.
                var row = rows[ids[(oldest - 1 - back + (2 * ids.Count)) % ids.Count]];
                if (suits?.Invoke(row) != false)
                    return row;
            }
            return null;
        }
    }

    private void Add(string id)
    {
        if (ids.Count < most)
        {
            ids.Add(id);
            oldest = 0;
            return;
        }
        rows.Remove(ids[oldest]);
        ids[oldest] = id;
        oldest = (oldest + 1) % most;
    }
}
