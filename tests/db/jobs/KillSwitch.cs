using System.Runtime.CompilerServices;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Stores;

namespace OpsDb.DbTests.Jobs;

/// <summary>
/// Ends a worker between two of its steps, as a signal would: from then on nothing that it tries has an effect, and nobody is told. The steps are
/// its changes of the database and of files, each with a moment before it and one after it.
/// </summary>
internal sealed class KillSwitch
{
    private int left = int.MaxValue;

    /// <summary>How full all disks are, percent; null when nobody can tell.</summary>
    public int? Used { get; set; }

    /// <summary>Moments that went by since it was set.</summary>
    public int Passed { get; private set; }

    /// <param name="after">Moments that go by before it kills; none for never.</param>
    public void Set(int? after) => (left, Passed) = (after ?? int.MaxValue, 0);

    public void Pass()
    {
        if (left <= 0)
            throw new KilledException();
        left--;
        Passed++;
    }

    public async Task<T> AroundAsync<T>(Func<Task<T>> step)
    {
        Pass();
        var result = await step();
        Pass();
        return result;
    }
}

internal sealed class KilledException : Exception;

internal sealed class KilledCommands(ICommands commands, KillSwitch kill) : ICommands
{
    public Task<Receipt<TResult>> SubmitAsync<TResult>(ICommand<TResult> command, Submission submission, CancellationToken ct) =>
        kill.AroundAsync(() => commands.SubmitAsync(command, submission, ct));
}

internal sealed class KilledStores(IStoreKind kind, KillSwitch kill) : IStoreKind
{
    public StorageType Type => kind.Type;

    public IStore Open(DataLocation location) => new Store(kind.Open(location), kill);

    private sealed class Store(IStore store, KillSwitch kill) : IStore
    {
        public Task<WrittenItem> WriteAsync(string key, string ticket, Func<Stream, CancellationToken, Task> write, byte[]? sha256, CancellationToken ct) =>
            kill.AroundAsync(() => store.WriteAsync(key, ticket, async (stream, token) =>
            {
                kill.Pass();
                await write(stream, token);
                kill.Pass();
            }, sha256, ct));

        public Task<Stream> ReadAsync(string key, CancellationToken ct) => kill.AroundAsync(() => store.ReadAsync(key, ct));

        public Task<StoredItem?> FindAsync(string key, CancellationToken ct) => kill.AroundAsync(() => store.FindAsync(key, ct));

        public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var item in store.ListAsync(prefix, ct))
                yield return item;
        }

        public Task DeleteAsync(string key, CancellationToken ct) => kill.AroundAsync(async () =>
        {
            await store.DeleteAsync(key, ct);
            return true;
        });

        public Task DeleteAllAsync(string folder, CancellationToken ct) => kill.AroundAsync(async () =>
        {
            await store.DeleteAllAsync(folder, ct);
            return true;
        });

        public Task<int> TidyAsync(TimeSpan age, CancellationToken ct) => store.TidyAsync(age, ct);

        public Task<StoreSpace?> SpaceAsync(CancellationToken ct) => Task.FromResult(kill.Used is { } used ? new StoreSpace(100 - used, 100) : null);
    }
}

internal sealed class KilledClaims(IWorkClaims claims, KillSwitch kill) : IWorkClaims
{
    public Task<IReadOnlyList<WorkItem>> ClaimAsync(
        IReadOnlyCollection<string> queues, int most, TimeSpan lease, string process, CancellationToken ct) =>
        kill.AroundAsync(() => claims.ClaimAsync(queues, most, lease, process, ct));

    public Task ReleaseAsync(WorkItem item, CancellationToken ct) => kill.AroundAsync(async () =>
    {
        await claims.ReleaseAsync(item, ct);
        return true;
    });

    public async Task<bool> RenewAsync(WorkItem item, TimeSpan lease, CancellationToken ct) => await claims.RenewAsync(item, lease, ct);
}
