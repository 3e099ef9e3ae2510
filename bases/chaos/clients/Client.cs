using System.Security.Cryptography;

namespace OpsDb.Chaos;

/// <summary>
/// A client: one request at a time, each step chosen from its own seed. It repeats what it does not know the outcome of, with
/// the same key and mostly at the other process.
/// </summary>
internal abstract class Client
{
    private const int MaxTries = 8;

    private readonly List<WriteRequest> done = [];
    private readonly Caller caller;
    private int number;

    protected Client(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis)
    {
        (Name, World, Apis, Random) = (name, world, apis, new(seed));
        // Some give up before the servers do.
        CallTimeout = Random.Next(4) == 0 ? TimeSpan.FromMilliseconds(Random.Next(300, 2000)) : TimeSpan.FromSeconds(Random.Next(5, 15));
        caller = new(name, world.History, world.Clock, world.Tally);
    }

    protected string Name { get; }

    protected ClientWorld World { get; }

    protected IReadOnlyList<Api> Apis { get; }

    protected Random Random { get; }

    /// <summary>After so long it gives a call up.</summary>
    protected TimeSpan CallTimeout { get; }

    /// <summary>Goes on until told to stop; a call under way is brought to its end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await StepAsync(stop);
            await CancellableDelay.ForAsync(World.Pace * (Random.NextDouble() * 2), stop);
        }
    }

    protected abstract Task StepAsync(CancellationToken stop);

    protected Guid NewKey()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new(bytes);
    }

    /// <summary>A UUIDv7 that the client makes, as JSON.</summary>
    protected string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        Span<byte> time = stackalloc byte[16];
        Guid.CreateVersion7().TryWriteBytes(time, bigEndian: true, out _);
        time[..6].CopyTo(bytes);
        (bytes[6], bytes[8]) = ((byte)(bytes[6] & 0x0f | 0x70), (byte)(bytes[8] & 0x3f | 0x80));
        return Fields.Text(new Guid(bytes, bigEndian: true).ToString());
    }

    /// <summary>A text that no other write has.</summary>
    protected string NewText() => Fields.Text($"{Name} {++number}");

    /// <summary>A checksum that no other write has, as JSON.</summary>
    protected string NewChecksum()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        Random.NextBytes(bytes);
        return Fields.Text(Convert.ToHexStringLower(bytes));
    }

    protected Api AnyApi() => Apis[Random.Next(Apis.Count)];

    /// <summary>Reads a row: whole, or only if it is not what it was, or its tag alone.</summary>
    protected Task<Called> ReadAsync(Api api, Entity entity, KnownRow known, bool takesStale = false)
    {
        Reading how = Random.Next(10) switch
        {
            < 3 when known.Tagged is not null => new(takesStale, Has: known.Tagged, ETag: known.ETag),
            3 => new(takesStale, IsHead: true),
            _ => new(takesStale),
        };
        return caller.ReadAsync(api, entity, known.Id, CallTimeout, how);
    }

    /// <summary>Reads a whole row of which only the id is known.</summary>
    protected Task<Called> ReadAsync(Api api, Entity entity, string id) => caller.ReadAsync(api, entity, id, CallTimeout);

    /// <summary>Writes once, whatever comes of it.</summary>
    protected Task<Called> WriteOnceAsync(Api api, WriteRequest write) => caller.WriteAsync(api, write, CallTimeout);

    protected Task<IReadOnlyList<AnswerRow>?> ListAsync(ListRequest list) => caller.ListAsync(AnyApi(), list, CallTimeout);

    protected Task SumAsync() => caller.SumAsync(AnyApi(), CallTimeout);

    protected Task<Reply> AskAsync(Api api, Question question) => caller.AskAsync(api, question, CallTimeout);

    /// <summary>Writes a row, repeats while the outcome is unknown, and now and then although it is known.</summary>
    /// <param name="rows">Where the row is noted.</param>
    /// <param name="first">Where it is sent first; anywhere for null.</param>
    protected Task SubmitAsync(WriteRequest write, KnownRows rows, CancellationToken stop, Api? first = null) => SubmitAsync(write, called =>
    {
        if (called.Row is { } row)
            rows.Saw(row, called.Reply.ETag);
    }, stop, first);

    /// <param name="saw">Notes what was acknowledged.</param>
    protected async Task SubmitAsync(WriteRequest write, Action<Called> saw, CancellationToken stop, Api? first = null)
    {
        var api = first ?? AnyApi();
        for (var tries = 1; ; tries++)
        {
            var called = await caller.WriteAsync(api, write, CallTimeout);
            if (called.Outcome == Outcome.Ok)
            {
                saw(called);
                await RememberAsync(write);
                return;
            }
            var isWorthRepeating = called.Outcome == Outcome.Unknown ? Random.Next(10) > 0 : called.Reply.Status == 503 && Random.Next(10) > 3;
            if (!isWorthRepeating || tries == MaxTries || stop.IsCancellationRequested)
                return;
            await CancellableDelay.ForAsync(TimeSpan.FromMilliseconds(Random.Next(20, 100 * tries)), stop);
            if (Random.Next(4) > 0)
                api = Other(api);
        }
    }

    /// <summary>Repeats what was acknowledged some time ago: the first answer comes again.</summary>
    protected async Task RepeatOldAsync()
    {
        if (done.Count > 0)
            await caller.WriteAsync(AnyApi(), done[Random.Next(done.Count)], CallTimeout);
    }

    private async Task RememberAsync(WriteRequest write)
    {
        if (Random.Next(30) == 0)
            await caller.WriteAsync(AnyApi(), write, CallTimeout);
        if (Random.Next(5) > 0)
            return;
        if (done.Count < 200)
            done.Add(write);
        else
            done[Random.Next(done.Count)] = write;
    }

    private Api Other(Api api) => Apis.Count == 1 ? api : Apis.First(a => a != api);
}
