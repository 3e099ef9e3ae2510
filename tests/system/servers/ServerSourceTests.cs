using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>Where a server comes from that nobody has named.</summary>
public sealed class ServerSourceTests
{
    private const string NoProgram = "PostgreSQL is not on this machine.", NoEngine = "no container engine answers.";

    [TestCase(null, true, true, ServerSource.Local)]
    [TestCase("", true, false, ServerSource.Local)]
    [TestCase("auto", false, true, ServerSource.Containers)]
    [TestCase("local", true, true, ServerSource.Local)]
    [TestCase("containers", true, true, ServerSource.Containers)]
    [TestCase("containers", false, true, ServerSource.Containers)]
    public async Task Programs_of_the_machine_come_first_unless_containers_are_asked_for(
        string? asked, bool hasProgram, bool hasEngine, ServerSource expected) =>
        Assert.That(await ChooseAsync(asked, hasProgram, hasEngine), Is.EqualTo(expected));

    [TestCase("auto", false, $"{NoProgram} Nor can it run in a container: {NoEngine}")]
    [TestCase("local", true, NoProgram)]
    [TestCase("containers", false, $"OPSDB_SERVERS asks for containers, but {NoEngine}")]
    [TestCase("docker", true, "OPSDB_SERVERS is auto, local or containers, and not 'docker'.")]
    public async Task What_cannot_be_had_is_refused_with_the_reason(string asked, bool hasEngine, string reason) =>
        await Assert.ThatAsync(() => ChooseAsync(asked, hasProgram: false, hasEngine), Throws.InstanceOf<ServersException>().With.Message.EqualTo(reason));

    private static Task<ServerSource> ChooseAsync(string? asked, bool hasProgram, bool hasEngine) => ServerSources.ChooseAsync(
        asked,
        _ => hasProgram ? Task.FromResult("/usr/bin/postgres") : Task.FromException<string>(new ServersException(NoProgram)),
        () => hasEngine ? null : NoEngine,
        CancellationToken.None);
}
