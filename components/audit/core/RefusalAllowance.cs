namespace OpsDb.Audit;

/// <summary>
/// So many entries an hour, so that nobody fills the database by being refused. What comes beyond them is counted, and told of in one entry
/// when the hour is over.
/// </summary>
internal sealed class RefusalAllowance(TimeProvider time)
{
    public const int MaxEntries = 200;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private long begun = time.GetTimestamp();
    private int entries;
    private int beyond;

    /// <summary>What of the refusals becomes entries.</summary>
    public IReadOnlyList<Refusal> Admit(IReadOnlyList<Refusal> refusals)
    {
        var admitted = new List<Refusal>();
        if (time.GetElapsedTime(begun) >= Hour)
        {
            if (beyond > 0)
                admitted.Add(new(new("beyond-allowance", null, "", "", "", "", beyond), time.GetUtcNow()));
            (begun, entries, beyond) = (time.GetTimestamp(), admitted.Count, 0);
        }
        foreach (var refusal in refusals)
        {
            if (entries++ < MaxEntries)
                admitted.Add(refusal);
            else
                beyond += refusal.Requests.Count;
        }
        return admitted;
    }
}
