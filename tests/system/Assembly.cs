using OpsDb.Servers;

[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.Fixtures)]
// Two processors, and one fixture that mostly waits for what it has started elsewhere.
[assembly: LevelOfParallelism(3)]

/// <summary>These tests freeze and kill servers, so they are always their own.</summary>
public sealed partial class AssemblyServers
{
    private static partial TestServersOptions Options() => new() { Own = true, Replica = true, Redis = true };
}
