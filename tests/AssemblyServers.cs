using OpsDb.Servers;

/// <summary>
/// The servers of one test assembly: started before its first test, ended after its last. An assembly takes part by compiling
/// this file and saying, in the other part of this class, what it needs.
/// </summary>
[SetUpFixture]
public sealed partial class AssemblyServers
{
    private static TestServers? servers;

    public static TestServers Servers => servers ?? throw new InvalidOperationException("The servers run only while tests run.");

    private static partial TestServersOptions Options();

    [OneTimeSetUp]
    public static async Task Start()
    {
        try
        {
            servers = await TestServers.StartAsync(Options());
        }
        catch (ServersException e) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            // A laptop without servers still runs the other tests; where CI is set it is a failure.
            Assert.Ignore(e.Message);
        }
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        if (servers is not null)
            await servers.DisposeAsync();
    }
}
