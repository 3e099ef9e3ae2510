using System.Net;
using System.Net.Sockets;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>Whatever keeps a program from starting is said in one line, with exit code 1, or 2 where the command line is wrong.</summary>
public sealed class StartFailureTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-start-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task A_taken_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await FailsAsync(1, $":{port}", ["serve"], ("HTTP_URL", $"http://127.0.0.1:{port}"));
    }

    [TestCase("https://127.0.0.1:0", "HTTP_TLS_CERTIFICATE")]
    [TestCase("http://192.0.2.1:8000", "HTTP_ALLOW_PLAIN")]
    [TestCase("127.0.0.1:8000", "is an address like")]
    public Task An_address_that_cannot_be_served_is_refused(string url, string said) => FailsAsync(1, said, ["serve"], ("HTTP_URL", url));

    [Test]
    public Task An_address_of_another_machine_is_refused() =>
        FailsAsync(1, "HTTP_URL http://192.0.2.1:8000", ["serve"], ("HTTP_URL", "http://192.0.2.1:8000"), ("HTTP_ALLOW_PLAIN", "true"));

    [Test]
    public Task A_wrong_password_is_told() => FailsAsync(1, "password", ["migrate"], ("MAIN_DB_PASSWORD", "wrong"));

    [TestCase("migrate")]
    [TestCase("tokens", "list")]
    [TestCase("transactions", "list")]
    [TestCase("config", "check", "--connect")]
    public Task A_database_that_is_not_there_is_told(params string[] verb) => FailsAsync(1, "", verb, ("MAIN_DB_PORT", "1"));

    [TestCase("API_TOKEN_KEY", "0000000000000000000000000000000000000000000000000000000000000000", "can be guessed")]
    [TestCase("MAIN_DB_PORT", "abc", "whole number")]
    [TestCase("LOG_LEVEL", "loud", "one of")]
    public Task A_wrong_setting_is_named(string name, string value, string said) => FailsAsync(1, said, ["serve"], (name, value));

    [TestCase(2, "--expires-days is a whole number from 1 to 3650, not 'abc'", "tokens", "create", "--name", "n", "--user", "u", "--role", "viewer",
        "--expires-days", "abc")]
    [TestCase(2, "--expires-days is a whole number", "tokens", "create", "--name", "n", "--user", "u", "--role", "viewer", "--expires-days", "9999")]
    [TestCase(2, "'abc'", "transactions", "show", "abc")]
    [TestCase(2, "'abc'", "transactions", "list", "--state", "abc")]
    [TestCase(2, "'--verbose'", "serve", "--verbose")]
    [TestCase(1, "/nowhere", "transactions", "retry", "00000000-0000-7000-8000-000000000000", "--steps", "/nowhere/steps.json")]
    public Task A_wrong_argument_is_named(int exitCode, string said, params string[] arguments) => FailsAsync(exitCode, said, arguments);

    [TestCase("opsdb.json", "{\"SITE_NAME\": \"main\",\n oops", "opsdb.json is not a JSON object of names and values (line 2)")]
    [TestCase("opsdb.json", "[1, 2]", "opsdb.json is not a JSON object")]
    [TestCase("opsdb.json", "null", "SITE_NAME is not set")]
    [TestCase(".env", "SITE_NAME=one\nSITE_NAME=Two", "SITE_NAME")]
    public async Task A_broken_settings_file_is_named(string name, string content, string said)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, name), content);
        var run = await ProgramRun.RunAsync(["env", "-C", folder, "SITE_TYPE=main", BuiltPrograms.Dotnet, BuiltPrograms.DataApi, "config", "check"]);
        Check(run, 1, said, maxLines: 20);
    }

    [TestCase(2, "--port-base is a whole number", "up", "--port-base", "abc")]
    [TestCase(1, "build/run starts it", "link", "status")]
    [TestCase(1, "HOST:PORT", "relay", "--listen", "0", "--control", "0", "--target", "nowhere")]
    [TestCase(2, "'--fast'", "up", "--fast")]
    public async Task The_local_stack_says_what_is_wrong(int exitCode, string said, params string[] arguments) =>
        Check(await StackAsync(Path.Combine(folder, "home"), arguments), exitCode, said);

    [TestCase("/proc/nowhere")]
    [TestCase("/dev/null/home")]
    [TestCase("/dev/null")]
    public async Task A_home_that_cannot_be_made_is_named(string home) => Check(await StackAsync(home, "up", "--port-base", $"{Ports.Next()}"), 1, "/");

    [TestCase("passwords.json", "{")]
    [TestCase("processes.json", "[{")]
    public async Task A_home_with_a_broken_file_is_refused(string name, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "opsdb-home"), "");
        await File.WriteAllTextAsync(Path.Combine(folder, name), content);
        Check(await StackAsync(folder, "up", "--without-apis", "--port-base", $"{Stack.FreePorts.Base()}"), 1, "");
    }

    [TestCase("opsdb-chaos", 2, "a number", "--minutes", "abc")]
    [TestCase("opsdb-verify", 2, "Cannot be checked", "/nowhere")]
    public async Task The_other_programs_say_what_is_wrong(string program, int exitCode, string said, params string[] arguments) =>
        Check(await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of(program), .. arguments]), exitCode, said);

    [Test]
    public async Task Where_it_arose_is_shown_when_asked_for()
    {
        var run = await ApiProcess.RunAsync(With(("MAIN_DB_PORT", "1")), "migrate", "--trace");
        Assert.That((run.ExitCode, run.Errors), Is.EqualTo((1, run.Errors)));
        Assert.That(run.Errors, Does.Contain("   at OpsDb."));
    }

    private static async Task FailsAsync(int exitCode, string said, string[] arguments, params (string Name, string Value)[] settings)
    {
        var run = await ApiProcess.RunAsync(With(settings), arguments);
        Check(new(run.ExitCode, run.Output, run.Errors), exitCode, said);
    }

    private static void Check(ProgramRun run, int exitCode, string said, int maxLines = 1)
    {
        var errors = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Errors);
        Assert.That(errors, Has.Length.InRange(1, maxLines), run.Errors);
        Assert.That(run.Errors, Does.Contain(said));
        Assert.That(run.Errors + run.Output, Does.Not.Contain("   at ").And.Not.Contain("Exception").And.Not.Contain("System."));
    }

    private static Dictionary<string, string> With(params (string Name, string Value)[] changes)
    {
        var settings = new Dictionary<string, string>(ApiSettings.Of("main", TestTokens.Key,
            AssemblyServers.Servers.Postgres))
        { ["HTTP_URL"] = "http://127.0.0.1:0" };
        settings.Remove("LOCAL_DB_HOST");
        foreach (var (name, value) in changes)
            settings[name] = value;
        return settings;
    }

    private static Task<ProgramRun> StackAsync(string home, params string[] arguments) => ProgramRun.RunAsync(
        [BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-stack"), .. arguments],
        new Dictionary<string, string> { ["OPSDB_HOME"] = home, ["OPSDB_POSTGRES_PRIMARY"] = "", ["OPSDB_POSTGRES_REPLICA"] = "", ["OPSDB_REDIS"] = "" });
}
