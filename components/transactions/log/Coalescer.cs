namespace OpsDb.Transactions;

/// <summary>
/// Does at once what is asked for at the same time. What comes while a run is under way waits for the next one, and a run
/// waits a little for whoever has said that they are about to ask.
/// </summary>
/// <param name="run">One answer for each that was asked, in their order. Its failure is the failure of all.</param>
/// <param name="joins">Whether one more can go with those that a run has already.</param>
internal sealed class Coalescer<TAsked, TAnswer>(
    Func<IReadOnlyList<TAsked>, Task<IReadOnlyList<TAnswer>>> run, Func<IReadOnlyList<TAsked>, TAsked, bool> joins, TimeProvider? time = null)
{
    /// <summary>How long a run waits for others.</summary>
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(3);

    private readonly Lock gate = new();
    private readonly Queue<(TAsked Asked, TaskCompletionSource<TAnswer> Answer)> waiting = new();
    private bool running;
    private int expected;
    private TaskCompletionSource? complete;

    public Task<TAnswer> AskAsync(TAsked asked)
    {
        // Whoever waits goes on elsewhere, not within the run that others wait for.
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue((asked, answer));
            Count();
            if (running)
                return answer.Task;
            running = true;
        }
        _ = RunAsync();
        return answer.Task;
    }

    /// <summary>Says that the caller is about to ask, until it is disposed of.</summary>
    public IDisposable Expect() => new Expected(this);

    private async Task RunAsync()
    {
        while (true)
        {
            // On a busy machine others are about to ask.
            await Task.Yield();
            await OthersAsync();
            var asked = new List<TAsked>();
            var answers = new List<TaskCompletionSource<TAnswer>>();
            lock (gate)
            {
                while (waiting.TryPeek(out var next) && (asked.Count == 0 || joins(asked, next.Asked)))
                {
                    asked.Add(next.Asked);
                    answers.Add(waiting.Dequeue().Answer);
                }
                running = asked.Count > 0;
            }
            if (asked.Count == 0)
                return;
            try
            {
                foreach (var (answer, found) in answers.Zip(await run(asked)))
                    answer.SetResult(found);
            }
            catch (Exception e)
            {
                foreach (var answer in answers)
                    answer.TrySetException(e);
            }
        }
    }

    private void Count()
    {
        if (waiting.Count >= expected)
            complete?.TrySetResult();
    }

    /// <summary>Waits while more are on their way than are here: half of them are stored while the other half decides.</summary>
    private async Task OthersAsync()
    {
        lock (gate)
            complete = waiting.Count >= expected ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (complete is { } all)
            await all.Task.WaitAsync(MaxPause, time ?? TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class Expected : IDisposable
    {
        private Coalescer<TAsked, TAnswer>? coalescer;

        public Expected(Coalescer<TAsked, TAnswer> coalescer)
        {
            this.coalescer = coalescer;
            lock (coalescer.gate)
                coalescer.expected++;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref coalescer, null) is not { } of)
                return;
            lock (of.gate)
            {
                of.expected--;
                of.Count();
            }
        }
    }
}
