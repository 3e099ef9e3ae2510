using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>A secondary site with a log of its own, where nothing works in the background: a test takes each step itself.</summary>
public abstract class IdleSiteFixture : DatabaseFixture
{
    private protected Guid Epoch { get; } = Guid.NewGuid();

    private protected TransactionLog Log => Services.GetRequiredService<TransactionLog>();

    private protected Applier Applier => Services.GetRequiredService<Applier>();

    protected override Dictionary<string, string> Settings() => SecondarySettings();

    [SetUp]
    public async Task Begin()
    {
        await Log.BeginAsync(Epoch);
        await Applier.BeginAsync(new(Epoch, []), CancellationToken.None);
    }

    private protected async Task<Progress> ReadAsync() => (await Applier.FindAsync(Epoch, 0, CancellationToken.None))!;

    private protected Task<(Progress Progress, WalPosition Wal)> ApplyAsync(Progress before, params Transaction[] transactions) =>
        Applier.ApplyAsync(before, transactions, null, new HashSet<Guid>(), CancellationToken.None);

    private protected Task<(Progress Progress, Refusal? Refusal)> ApplyOneAsync(Progress before, Transaction transaction) =>
        Applier.ApplyOneAsync(before, transaction, CancellationToken.None);

    /// <summary>A processor of a process of its own.</summary>
    private protected Processor Processor(int batchSize = 1000) =>
        ActivatorUtilities.CreateInstance<Processor>(
            Services, Services.GetRequiredService<BufferOptions>() with { BatchSize = batchSize }, new ProcessorState());

    /// <summary>A transaction of this site, as the log holds it at a position.</summary>
    protected Transaction At(long position, Changes changes, string? key = null, string hash = "hash")
    {
        var transaction = Transaction(changes, key);
        return transaction with
        {
            Site = Installation.SiteName,
            Kind = $"test.{position}",
            BodyHash = key is null ? null : hash,
            Position = new(Epoch, position),
        };
    }

    /// <summary>The transactions, each of which makes one execution, at positions from one on.</summary>
    protected Transaction[] Starts(int count, long first = 1) => [.. Enumerable.Range(0, count).Select(i => At(first + i, new Changes().Create(Running(i))))];

    private protected Task AppendAsync(params Transaction[] transactions) => AppendAsync(Log, transactions);

    private protected async Task AppendAsync(TransactionLog log, params Transaction[] transactions)
    {
        var seen = new OverlayCut(new(Epoch, 0, new Dictionary<string, Table>()), 0, null, 0, null);
        foreach (var transaction in transactions)
        {
            var append = await log.AppendAsync(seen.Entry(transaction, await log.StoreAsync(transaction), Watermark.Zero, [], [], 1));
            Assert.That(append, Is.EqualTo(new AppendResult(AppendOutcome.Appended, transaction.Position!.Value.Position)));
        }
    }

    protected Task<int> CountAsync(string what) => Installation.MainAsync<int>($"select count(*) from {what}");

    /// <summary>What became of each transaction, in the order of the log.</summary>
    protected Task<string?> OutcomesAsync() => Installation.MainAsync<string>(
        "select string_agg(outcome, ' ' order by position) from applied_transaction where site = @site");
}
