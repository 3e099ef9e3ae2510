using System.Threading.Channels;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

public sealed class CoalescerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<int[]> runs = [];
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HandTimer timer = new();
    private TaskCompletionSource free = new();
    private Coalescer<int, int> coalescer = null!;

    [SetUp]
    public void Start()
    {
        free.SetResult();
        coalescer = new(RunAsync, (asked, next) => asked[0] / 100 == next / 100, timer);
    }

    [Test]
    public async Task What_comes_while_a_run_is_under_way_goes_with_the_next_one()
    {
        free = new();
        var first = coalescer.AskAsync(1);
        await begun.Task.WaitAsync(Deadline);
        Task<int>[] others = [coalescer.AskAsync(2), coalescer.AskAsync(3), coalescer.AskAsync(101), coalescer.AskAsync(4)];
        free.SetResult();
        Assert.That(await Task.WhenAll([first, .. others]), Is.EqualTo((int[])[-1, -2, -3, -101, -4]));
        Assert.That(runs, Is.EqualTo((int[][])[[1], [2, 3], [101], [4]]), "in their order, and only those that can go together");
    }

    [Test]
    public async Task A_run_waits_while_more_are_on_their_way_than_are_here()
    {
        var coming = Enumerable.Range(0, 4).Select(_ => coalescer.Expect()).ToList();
        var first = Ask(1);
        await timer.WaitedForAsync();
        Assert.That(runs, Is.Empty);
        var second = Ask(2);
        Assert.That(await Task.WhenAll(first, second), Is.EqualTo((int[])[-1, -2]));
        Assert.That(runs, Is.EqualTo((int[][])[[1, 2]]));

        Task<int> Ask(int number)
        {
            var answer = coalescer.AskAsync(number);
            coming[0].Dispose();
            coming.RemoveAt(0);
            return answer;
        }
    }

    [Test]
    public async Task A_run_does_not_wait_for_whoever_does_not_come()
    {
        using var late = coalescer.Expect();
        var other = coalescer.Expect();
        var first = coalescer.AskAsync(1);
        await timer.WaitedForAsync();
        other.Dispose();
        other.Dispose();
        Assert.That(await first, Is.EqualTo(-1), "one of two will not ask");

        using var third = coalescer.Expect();
        var second = coalescer.AskAsync(2);
        await timer.WaitedForAsync();
        timer.Fire();
        Assert.That(await second, Is.EqualTo(-2), "two do not come in time");
    }

    [Test]
    public async Task A_failure_is_that_of_all_in_the_run_and_of_nobody_else()
    {
        free = new();
        var first = coalescer.AskAsync(1);
        await begun.Task.WaitAsync(Deadline);
        Task<int>[] failing = [coalescer.AskAsync(-200), coalescer.AskAsync(-201)];
        var last = coalescer.AskAsync(5);
        free.SetResult();
        foreach (var answer in failing)
            await Assert.ThatAsync(async () => await answer, Throws.InvalidOperationException);
        Assert.That((await first, await last), Is.EqualTo((-1, -5)));
    }

    private async Task<IReadOnlyList<int>> RunAsync(IReadOnlyList<int> asked)
    {
        runs.Add([.. asked]);
        begun.TrySetResult();
        await free.Task;
        return asked[0] < 0 ? throw new InvalidOperationException() : [.. asked.Select(a => -a)];
    }

    /// <summary>Time that passes when a test says so.</summary>
    private sealed class HandTimer : TimeProvider
    {
        private readonly Channel<Action> set = Channel.CreateUnbounded<Action>();
        private Action fire = () => { };

        public async Task WaitedForAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            fire = await set.Reader.ReadAsync(deadline.Token);
        }

        public void Fire() => fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            set.Writer.TryWrite(() => callback(state));
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
