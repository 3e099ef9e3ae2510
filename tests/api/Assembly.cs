using OpsDb.Servers;

[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.Fixtures)]

/// <summary>Servers that are never stopped: each fixture has its own database and its own site on them.</summary>
public sealed partial class AssemblyServers
{
    private static partial TestServersOptions Options() => new() { Replica = true, Redis = true };
}
