using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The rules of idempotency keys.</summary>
internal static class IdempotencyKeys
{
    // Direct and buffered writes of a site do not see each other's keys in time, so each kind has keys of its own.
    public const string FindDirectSql =
        $"""
        {AppliedTransaction.Sql}
        where site = @site and actor = @actor and idempotency_key = @key and epoch is null and outcome <> 'duplicate'
        """;

    public const string FindBufferedSql =
        $"""
        {AppliedTransaction.Sql}
        where site = @site and actor = @actor and idempotency_key = @key and epoch is not null and outcome <> 'duplicate'
        """;

    // With the limit each key is looked up by itself: joined with a table that was empty when this was planned, all keys of the site would be read.
    public const string FindManyBufferedSql =
        $"""
        select found.* from (select distinct * from unnest(@actors, @used)) as asked(of_actor, used) cross join lateral
          ({AppliedTransaction.Sql}
           where site = @site and actor = asked.of_actor and idempotency_key = asked.used and epoch is not null and outcome <> 'duplicate'
           limit 1) found
        """;

    public static void RequireSameBody(Submission submission, string? bodyHash)
    {
        if (submission.BodyHash != bodyHash)
            throw new RefusalException(TransactionProblems.KeyReused, "This Idempotency-Key was used before, for a request with another method, path or body.");
    }
}

/// <summary>Whether an idempotency key is known, asked along with a read: in its round trip and in its snapshot.</summary>
internal sealed class IdempotencyLookup(Actor actor, string key)
{
    public string Actor { get; } = actor.User;
    public string Key { get; } = key;
    public bool Answered { get; private set; }
    public AppliedTransaction? Answer { get; private set; }

    /// <summary>Adds what <see cref="IdempotencyKeys.FindBufferedSql"/> asks for.</summary>
    public Dapper.DynamicParameters AddTo(Dapper.DynamicParameters parameters)
    {
        parameters.AddDynamicParams(new { actor = Actor, key = Key });
        return parameters;
    }

    public void Is(AppliedTransaction? answer) => (Answered, Answer) = (true, answer);
}
