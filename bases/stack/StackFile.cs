namespace OpsDb.Stack;

/// <summary>stack.json: where everything is, for people, scripts and tests.</summary>
internal sealed record StackFile(
    IReadOnlyDictionary<string, StackSite> Sites,
    StackPostgres Postgres,
    StackRedis Redis,
    StackLink Link,
    IReadOnlyDictionary<string, int> Processes);

internal sealed record StackSite(string Url, StackTokens Tokens);

internal sealed record StackTokens(string Admin, string Observer, string Viewer, string Service);

internal sealed record StackPostgres(string Primary, string Replica);

internal sealed record StackRedis(string Observatory);

internal sealed record StackLink(string Control);

/// <summary>What the stack made at its first start and keeps: the key that signs tokens, and the tokens.</summary>
internal sealed record StackSecrets(string TokenKey, StackTokens? Tokens)
{
    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => nameof(StackSecrets);
}
