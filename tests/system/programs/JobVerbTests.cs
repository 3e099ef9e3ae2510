using System.Text.Json;
using OpsDb.BackgroundJobs;
using OpsDb.Kernel;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>The program of the background jobs, as timers and operators run it.</summary>
public sealed class JobVerbTests
{
    private TestInstallation installation = null!;

    [SetUp]
    public async Task Start() => installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);

    [TearDown]
    public async Task Stop() => await installation.DisposeAsync();

    [Test]
    public async Task The_exit_code_of_a_run_says_how_it_went()
    {
        var done = await RunAsync([], "run", "remind-tokens", "--once");
        Assert.That((done.ExitCode, done.Output), Is.EqualTo((0, done.Output)), done.Errors);
        Assert.That(done.Output, Does.StartWith("remind-tokens: done, "));
        var unknown = await RunAsync([], "run", "nothing");
        Assert.That((unknown.ExitCode, unknown.Errors), Is.EqualTo((2, unknown.Errors)));
        Assert.That(unknown.Errors,
            Does.Contain("there is no job nothing here; there are archive, bundle, close-packages, delete, find-stuck, make-partitions, notify, package, "
                + "purge, reconcile, recover-stalled, remind-tokens, repair, stage, transfer, unpack-verify, verify-at-rest"));
        Assert.That((await RunAsync([("MAIN_DB_PORT", "1"), ("LOCAL_DB_PORT", "1")], "run", "purge", "--once")).ExitCode, Is.EqualTo(75), "main is away");
        Assert.That((await RunAsync([("JOBS_SCHEDULES", "purge=every day")], "run", "purge")).Errors, Does.Contain("which is no cron expression"));
        Assert.That((await RunAsync([("JOBS_ONLY", "purge,sleep")], "list")).Errors, Does.Contain("JOBS_ONLY names sleep"));
    }

    [Test]
    public async Task What_was_run_is_told_by_the_verbs_and_by_the_API()
    {
        await installation.MainAsync<int>("""
            update app_user set email = 'viewer@example.org' where name = 'viewer';
            insert into notice (about, user_name, subject, body) values ('a', 'viewer', 'A token ends', 'Soon.'), ('b', 'viewer', 'Another', 'Later.'),
              ('c', 'observer', 'Nobody reads this', 'It has no address.');
            select 1
            """);
        await using var mail = MailServer.Start();
        var run = await RunAsync(mail.Settings, "run", "notify", "--once");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, run.Output)), run.Errors);
        Assert.That(run.Output, Does.Contain("2 done, 1 failed").And.Contain("observer: no mail address is known"));
        Assert.That(mail.Received, Has.Count.EqualTo(1));
        Assert.That(mail.Received.Single(), Does.Contain("To: viewer@example.org").And.Contain("Subject: 2 messages: A token ends, and others")
            .And.Contain("Soon.").And.Contain("Later.").And.Contain("Auto-Submitted: auto-generated"));
        Assert.That((await RunAsync(mail.Settings, "run", "notify", "--once")).Output, Does.StartWith("notify: done, 0 done"), "the other one waits");
        Assert.That(await installation.MainAsync<string>(
            "select string_agg(about || ' ' || attempt || ' ' || (delivered_at is not null), ', ' order by about) from notice"),
            Is.EqualTo("a 0 true, b 0 true, c 1 false"));
        Assert.That((await RunAsync([], "history", "notify")).Output, Does.Contain("some_failed").And.Contain("command line"));
    }

    [Test]
    public async Task The_settings_are_described()
    {
        var reference = await RunAsync([], "config", "reference");
        Assert.That(await File.ReadAllTextAsync(Path.Combine(BuiltPrograms.Root, "docs/jobs.md")), Does.EndWith(reference.Output),
            "write it again with: opsdb-jobs config reference");
        Assert.That((await RunAsync([], "config", "check")).Output, Does.StartWith("The settings are right: site main (main), 17 jobs."));
        (string, string)[] mistakes = [("SMTP_HOST", "mail.example.org"), ("SMTP_SECURITY", "none"), ("NOTIFY_WEBHOOK_URL", "http://example.org")];
        Assert.That((await RunAsync(mistakes, "config", "check")).Errors,
            Does.Contain("SMTP_HOST needs SMTP_FROM").And.Contain("SMTP_SECURITY is none").And.Contain("NOTIFY_WEBHOOK_URL is an https address"));
    }

    [Test]
    public async Task A_mail_server_that_is_away_is_tried_later()
    {
        await installation.MainAsync<int>("""
            update app_user set email = 'viewer@example.org' where name = 'viewer';
            insert into notice (about, user_name, subject, body) values ('a', 'viewer', 'A token ends', 'Soon.');
            select 1
            """);
        (string, string)[] away = [("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", "1"), ("SMTP_SECURITY", "none"), ("SMTP_FROM", "OpsDb <opsdb@example.org>")];
        var run = await RunAsync(away, "run", "notify", "--once");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((75, run.Output)), run.Errors);
        Assert.That(run.Output, Does.Contain("the mail server 127.0.0.1 cannot be used"));
        Assert.That(await installation.MainAsync<int>("select attempt from notice"), Is.Zero, "that is not the message's fault");
    }

    [Test]
    public async Task A_job_that_somebody_asks_for_runs_soon_and_is_seen()
    {
        var settings = installation.MainSettings();
        settings["JOBS_SCHEDULES"] = "purge=off";
        var outside = new Settings(settings.GetValueOrDefault);
        using var serving = JobsBase.Build(JobsSettings.Read(outside), serves: true);
        await serving.StartAsync();
        await using var api = await installation.StartMainAsync();
        await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/jobs/purge", TestTokens.Viewer)).Status == 200, "the job is known");
        var asked = await api.PostAsync("/api/v1/jobs/purge/run", null, null, TestTokens.Admin);
        Assert.That(asked.Status, Is.EqualTo(202));
        Assert.That((await api.PostAsync("/api/v1/jobs/purge/run", null, null, TestTokens.Observer)).Status, Is.EqualTo(403));
        Assert.That((await api.PostAsync("/api/v1/jobs/nothing/run", null, null, TestTokens.Admin)).Problem, Is.EqualTo("not-found"));
        var runs = default(TestAnswer);
        await Eventually.TrueAsync(async () =>
            (runs = await api.GetAsync("/api/v1/jobs/purge/runs", TestTokens.Viewer)).Body.GetProperty("items").GetArrayLength() > 0, "it has run");
        var run = runs!.Body.GetProperty("items")[0];
        Assert.That((run.GetProperty("outcome").GetString(), run.GetProperty("cause").GetString()), Is.EqualTo(("done", "asked by admin")));
        var job = (await api.GetAsync("/api/v1/jobs/purge", TestTokens.Viewer)).Body;
        Assert.That((job.GetProperty("schedule").ValueKind, job.GetProperty("totals").GetProperty("runs").GetInt32()), Is.EqualTo((JsonValueKind.Null, 1)));
        Assert.That((await api.GetAsync("/metrics", TestTokens.Admin)).Body.GetString(), Does.Contain("opsdb_job_runs_total{site=\"main\",job=\"purge\"} 1\n"));
        await serving.StopAsync();
    }

    [Test]
    public async Task A_process_that_serves_ends_when_it_is_told_to()
    {
        var log = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.log");
        var process = ServerProcess.Start(log, installation.MainSettings(), BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-jobs"), "serve");
        try
        {
            await Eventually.TrueAsync(async () => await installation.MainAsync<int>("select count(*) from site_memory where name = 'jobs/roster'") == 1,
                "it serves");
            process.Signal(15);
            Assert.That(await process.WaitForExitAsync(TimeSpan.FromSeconds(10)), Is.True, "within 10 s");
        }
        finally
        {
            process.Kill();
            File.Delete(log);
        }
    }

    private Task<ProgramRun> RunAsync((string Name, string Value)[] changes, params string[] arguments)
    {
        var settings = installation.MainSettings();
        foreach (var (name, value) in changes)
            settings[name] = value;
        return ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-jobs"), .. arguments], settings);
    }
}
