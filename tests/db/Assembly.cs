using OpsDb.Servers;

[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.Fixtures)]

/// <summary>One PostgreSQL; each test has a database of its own on it.</summary>
public sealed partial class AssemblyServers
{
    private static partial TestServersOptions Options() => new();
}
