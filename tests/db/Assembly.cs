using OpsDb.Servers;

[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.Fixtures)]

/// <summary>One PostgreSQL, on which each test has a database of its own, and one Redis.</summary>
public sealed partial class AssemblyServers
{
    private static partial TestServersOptions Options() => new() { Redis = true };
}
