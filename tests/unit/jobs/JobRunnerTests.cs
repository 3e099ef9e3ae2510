using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpsDb.Jobs;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Jobs;

/// <summary>Jobs as one process runs them, with what the site remembers in this process.</summary>
public sealed class JobRunnerTests
{
    private readonly ProcessMemory memory = new(TimeProvider.System);
    private JobBook book = null!;

    [SetUp]
    public void Begin() => book = new(memory, TimeProvider.System);

    [Test]
    public async Task A_run_tells_how_it_went_and_is_noted()
    {
        var run = await Runner(_ => Task.FromResult(new JobResult(3))).RunAsync("work", "schedule", CancellationToken.None);
        Assert.That((run.Outcome, run.Done, run.Failed, run.Cause), Is.EqualTo((JobOutcome.Done, 3, 0, "schedule")));
        Assert.That(await book.RunsAsync("work", CancellationToken.None), Is.EqualTo(new[] { run }));
    }

    [Test]
    public async Task What_fails_is_told_apart()
    {
        Assert.That(await OutcomeAsync(_ => Task.FromResult(JobResult.Of(1, ["a: full"]))), Is.EqualTo((JobOutcome.SomeFailed, "a: full")));
        Assert.That(await OutcomeAsync(_ => Task.FromResult(new JobResult(1) { Waits = true, Reason = "b is away" })),
            Is.EqualTo((JobOutcome.TryLater, "b is away")));
        Assert.That(await OutcomeAsync(_ => throw new OutageException(Problems.MainUnreachable, "main is away")),
            Is.EqualTo((JobOutcome.TryLater, "main is away")));
        Assert.That(await OutcomeAsync(_ => throw new NoAnswerException("it is closed")), Is.EqualTo((JobOutcome.TryLater, "it is closed")));
        Assert.That(await OutcomeAsync(_ => throw new InvalidOperationException("wrong", new InvalidOperationException("nothing there"))),
            Is.EqualTo((JobOutcome.Failed, "nothing there")));
    }

    [Test]
    public async Task Two_processes_do_not_run_the_same_job_at_once()
    {
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource<JobResult>());
        var first = Runner(_ =>
        {
            begun.SetResult();
            return end.Task;
        }).RunAsync("work", "schedule", CancellationToken.None);
        await begun.Task;
        var second = await Runner(_ => throw new InvalidOperationException("both run")).RunAsync("work", "schedule", CancellationToken.None);
        Assert.That((second.Outcome, second.Reason), Is.EqualTo((JobOutcome.TryLater, "another process of the site runs it")));
        end.SetResult(new(1));
        Assert.That((await first).Outcome, Is.EqualTo(JobOutcome.Done));
        Assert.That(await OutcomeAsync(_ => Task.FromResult(new JobResult(0))), Is.EqualTo((JobOutcome.Done, (string?)null)), "the lease is given back");
    }

    [Test]
    public async Task A_job_that_is_told_to_stop_ends()
    {
        using var stop = new CancellationTokenSource();
        var running = Runner(async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return new(0);
        }).RunAsync("work", "schedule", stop.Token);
        await stop.CancelAsync();
        Assert.That((await running).Outcome, Is.EqualTo(JobOutcome.Cancelled));
    }

    [Test]
    public async Task Runs_with_nothing_to_do_are_one_line()
    {
        foreach (var done in (int[])[0, 0, 0, 2, 0])
            await Runner(_ => Task.FromResult(new JobResult(done))).RunAsync("work", "schedule", CancellationToken.None);
        Assert.That((await book.RunsAsync("work", CancellationToken.None)).Select(r => (r.Runs, r.Done)), Is.EqualTo(new[] { (1, 0), (1, 2), (3, 0) }));
    }

    [Test]
    public async Task The_newest_runs_are_kept_and_all_are_counted()
    {
        await book.AnnounceAsync("here/1", [new("work", "Works.", "0 0 0 * * ?", null)], CancellationToken.None);
        var run = new JobRun(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, JobOutcome.Done, 0, 0, "schedule", "here/1");
        for (var n = 1; n <= JobBook.MaxRuns + 5; n++)
            await book.AddAsync("work", run with { Done = n }, CancellationToken.None);
        var runs = await book.RunsAsync("work", CancellationToken.None);
        Assert.That((runs.Count, runs[0].Done, runs[^1].Done), Is.EqualTo((JobBook.MaxRuns, JobBook.MaxRuns + 5, 6)));
        Assert.That((await book.ListAsync(CancellationToken.None)).Single().Totals.Runs, Is.EqualTo(JobBook.MaxRuns + 5));
    }

    [Test]
    public async Task What_somebody_asks_for_one_process_learns()
    {
        await book.AskAsync("work", "observer", CancellationToken.None);
        await book.AskAsync("other", "observer", CancellationToken.None);
        HashSet<string> mine = ["work"];
        Assert.That(await book.TakeAskedAsync(mine, CancellationToken.None), Is.EqualTo(new Dictionary<string, string> { ["work"] = "observer" }));
        Assert.That(await book.TakeAskedAsync(mine, CancellationToken.None), Is.Empty);
        Assert.That(await book.TakeAskedAsync(new HashSet<string> { "other" }, CancellationToken.None), Has.Count.EqualTo(1));
    }

    [TestCase("", null)]
    [TestCase("work=off", null)]
    [TestCase("work=0 0 3 * * ?; rest = off", null)]
    [TestCase("work", "JOBS_SCHEDULES has a part without a name and a schedule: 'work'")]
    [TestCase("work=off;work=off", "JOBS_SCHEDULES names a job twice")]
    public void Schedules_are_names_and_expressions(string text, string? mistake)
    {
        var settings = new Settings(name => name == "JOBS_SCHEDULES" ? text : null);
        JobOptions.Read(settings);
        Assert.That(settings.Mistakes, Is.EqualTo(mistake is null ? [] : new[] { mistake }));
    }

    private async Task<(JobOutcome, string?)> OutcomeAsync(Func<CancellationToken, Task<JobResult>> work)
    {
        var run = await Runner(work).RunAsync("work", "schedule", CancellationToken.None);
        return (run.Outcome, run.Reason);
    }

    private JobRunner Runner(Func<CancellationToken, Task<JobResult>> work)
    {
        var services = new ServiceCollection().AddScoped<IJob>(_ => new Work(work)).BuildServiceProvider();
        return new(services.GetRequiredService<IServiceScopeFactory>(), memory, book, TimeProvider.System, NullLogger<JobRunner>.Instance);
    }

    private sealed class Work(Func<CancellationToken, Task<JobResult>> work) : IJob
    {
        public string Name => "work";

        public string Description => "Works.";

        public string Schedule => "0 0 0 * * ?";

        public bool RunsAt(SiteType site) => true;

        public Task<JobResult> RunAsync(CancellationToken ct) => work(ct);
    }
}
