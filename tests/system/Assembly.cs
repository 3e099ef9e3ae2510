using OpsDb.Servers;

[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.Fixtures)]

/// <summary>These tests freeze and kill servers, so they are always their own.</summary>
public sealed partial class AssemblyServers
{
    private static partial TestServersOptions Options() => new() { Own = true, Replica = true, Redis = true };
}
