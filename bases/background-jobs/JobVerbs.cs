using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpsDb.Cli;
using OpsDb.Jobs;
using OpsDb.Kernel;

namespace OpsDb.BackgroundJobs;

internal static class JobVerbs
{
    public static Command Run()
    {
        var name = new Argument<string>("job") { Description = "Its name; list shows all." };
        var once = new Option<bool>("--once") { Description = "One run, whatever it leaves; without it as many as there is something to do." };
        var run = new Command("run", "Run a job now, for a timer that runs it again. Exit code 0: done; 1: some items have failed, or the job has; "
            + "2: the settings are wrong; 75: something that it needs is away, or another process runs it, try later.")
        {
            name, once,
        };
        run.SetAction(async (result, ct) =>
        {
            try
            {
                return await RunAsync(OutsideSettings.Read(JobsSettings.Read), result.GetRequiredValue(name), result.GetValue(once), ct);
            }
            catch (SettingsException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.Misused;
            }
        });
        return run;
    }

    public static Command Serve()
    {
        var serve = new Command("serve", "Run the jobs of this site by their schedules until SIGTERM or SIGINT.");
        serve.SetAction(async (_, ct) =>
        {
            try
            {
                using var host = JobsBase.Build(OutsideSettings.Read(JobsSettings.Read), serves: true);
                await host.RunAsync(ct);
                return CommandRun.Succeeded;
            }
            catch (SettingsException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.Misused;
            }
        });
        return serve;
    }

    public static Command List() => new Command("list", "List the jobs that there are at a site of this type, and when they run here.").Does((_, _) =>
    {
        Table(["job", "schedule", "what it does"],
            JobsBase.Jobs(OutsideSettings.Read(JobsSettings.Read)).Select(j => (string[])[j.Job.Name, j.Schedule ?? "off", j.Job.Description]));
        return Task.CompletedTask;
    });

    public static Command Status() => new Command("status", "Tell how the jobs of this site are.").Does((_, ct) =>
        JobsBase.UseAsync(OutsideSettings.Read(JobsSettings.Read), async (JobBook book) =>
            Table(["job", "state", "last run", "outcome", "done", "failed", "seconds", "next run", "reason"], (await book.ListAsync(ct)).Select(j => (string[])
            [
                j.Name, j.Running is { } running ? $"runs since {Instant.Format(running.Since)} ({running.Process})" : "waits",
                j.LastRun is { } run ? Instant.Format(run.EndedAt) : "never", .. Cells(j.LastRun), j.NextRunAt is { } next ? Instant.Format(next) : "none",
                j.LastRun?.Reason ?? "",
            ]))));

    public static Command History()
    {
        var name = new Argument<string>("job") { Description = "Its name." };
        return new Command("history", $"List the newest runs of a job, {JobBook.MaxRuns} at most.") { name }.Does((result, ct) =>
            JobsBase.UseAsync(OutsideSettings.Read(JobsSettings.Read), async (JobBook book) =>
                Table(["started", "runs", "outcome", "done", "failed", "seconds", "cause", "process", "reason"],
                    (await book.RunsAsync(result.GetRequiredValue(name), ct)).Select(r => (string[])
                    [
                        Instant.Format(r.StartedAt), FormattableString.Invariant($"{r.Runs}"), .. Cells(r), r.Cause, r.Process, r.Reason ?? "",
                    ]))));
    }

    public static Command Config()
    {
        var check = new Command("check", "Tell everything that is wrong with the settings.").Does((_, _) =>
        {
            var settings = OutsideSettings.Read(JobsSettings.Read);
            Console.WriteLine($"The settings are right: site {settings.Site.Name} ({EnumText.Of(settings.Site.Type)}), {JobsBase.Jobs(settings).Count} jobs.");
            foreach (var warning in settings.Warnings)
                Console.WriteLine($"Warning: {warning}.");
            return Task.CompletedTask;
        });
        var reference = new Command("reference", "Print the table of the settings that the data API does not have, as Markdown.").Does((_, _) =>
        {
            Console.Write(JobsReference.Markdown());
            return Task.CompletedTask;
        });
        return new Command("config", "Settings.") { check, reference };
    }

    private static async Task<int> RunAsync(JobsSettings settings, string job, bool once, CancellationToken ct)
    {
        var known = JobsBase.Jobs(settings);
        if (known.All(j => j.Job.Name != job))
            throw new SettingsException([$"there is no job {job} here; there are {string.Join(", ", known.Select(j => j.Job.Name))}"]);
        using var host = JobsBase.Build(settings, serves: false);
        await host.StartAsync(ct);
        var runner = host.Services.GetRequiredService<JobRunner>();
        JobRun run;
        do
        {
            run = await runner.RunAsync(job, "command line", ct);
            Console.WriteLine($"{job}: {EnumText.Of(run.Outcome)}, {run.Done} done, {run.Failed} failed, "
                + FormattableString.Invariant($"{run.DurationSeconds:0.0} s{(run.Reason is { } reason ? $": {reason}" : "")}"));
        }
        while (!once && run is { Outcome: JobOutcome.Done, Done: > 0 });
        await host.StopAsync(CancellationToken.None);
        return run.Outcome switch
        {
            JobOutcome.Done => CommandRun.Succeeded,
            JobOutcome.TryLater => CommandRun.TryLater,
            JobOutcome.Cancelled => CommandRun.Cancelled,
            _ => CommandRun.Failed,
        };
    }

    private static string[] Cells(JobRun? run) => run is null ? ["", "", "", ""] :
    [
        EnumText.Of(run.Outcome), FormattableString.Invariant($"{run.Done}"), FormattableString.Invariant($"{run.Failed}"),
        FormattableString.Invariant($"{run.DurationSeconds:0.0}"),
    ];

    private static void Table(string[] head, IEnumerable<string[]> rows) => Tables.Print([head, .. rows]);
}
