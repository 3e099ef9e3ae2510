namespace OpsDb.Chaos;

/// <summary>Settings of the site's APIs that differ from run to run, so that batches, trimming and time-outs do.</summary>
internal static class RunSettings
{
    public static IReadOnlyDictionary<string, string> Of(int seed)
    {
        var random = new Random(seed);
        return new Dictionary<string, string>
        {
            ["TRANSACTION_BATCH_SIZE"] = Pick("7", "100", "2000"),
            ["BUFFER_RETENTION"] = Pick("3", "20", "604800"),
            ["BUFFER_TRIM_INTERVAL"] = "1",
            ["REDIS_TIMEOUT"] = Pick("0.5", "2"),
            ["BACKGROUND_PROCESSING_INTERVAL"] = Pick("0.1", "1"),
        };

        string Pick(params string[] values) => values[random.Next(values.Length)];
    }
}
