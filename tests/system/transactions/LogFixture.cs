using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;
using StackExchange.Redis;

namespace OpsDb.SystemTests.Transactions;

/// <summary>The log of a site of the test's own, on a real Redis and without any API.</summary>
public abstract class LogFixture
{
    private static int number;
    private ConnectionMultiplexer connection = null!;
    private RedisStore store = null!;

    private protected string SiteName { get; } = $"log_{Interlocked.Increment(ref number)}";

    private protected IDatabase Redis => connection.GetDatabase();

    private protected TransactionLog Log { get; private set; } = null!;

    private protected Guid Epoch { get; private set; }

    [SetUp]
    public async Task Open()
    {
        var address = AssemblyServers.Servers.Redis;
        connection = await ConnectionMultiplexer.ConnectAsync(address.ToConnectionString());
        store = new(new Redis.RedisOptions(address.Host, address.Port, 0, address.Password, TimeSpan.FromSeconds(5)));
        Log = new(store, new(SiteName, SiteType.Secondary, true), BufferOptions.Read(new Settings(_ => null)), new EntryReader([]));
        await Log.BeginAsync(Epoch = Guid.NewGuid());
    }

    [TearDown]
    public async Task Close()
    {
        await store.DisposeAsync();
        await connection.DisposeAsync();
    }

    private protected string Key(string name) => $"site:{SiteName}:{name}";

    /// <summary>Creates an execution with a comment that does not get much smaller when it is compressed.</summary>
    private protected static Transaction Create(int commentBytes = 10)
    {
        var id = Guid.CreateVersion7();
        var comment = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(commentBytes));
        var now = DateTimeOffset.UnixEpoch;
        var changes = new Changes().Create(new Execution { Id = Guid.CreateVersion7(), ObsUnitId = 1, StartTime = now, Comment = comment });
        var steps = changes.Stamp(new("observer"), now, id);
        return new(id, "observatory", "test", Transaction.CurrentSchemaVersion, new("observer"), now, null, null, null, steps);
    }

    private protected async Task<AppendResult> AppendAsync(Transaction transaction) => await AppendAsync(transaction, await Log.StoreAsync(transaction));

    private protected Task<AppendResult> AppendAsync(Transaction transaction, Payload payload)
    {
        var cut = new OverlayCut(new(Epoch, 0, new Dictionary<string, Table>()), 0, null, 0, null);
        return Log.AppendAsync(cut.Entry(transaction, payload, Watermark.Zero, [], [], 1));
    }
}
