using System.Security.Cryptography;
using System.Text;
using OpsDb.Stores;

namespace OpsDb.DbTests.Stores;

/// <summary>What every kind of location does with bytes.</summary>
public abstract class StoreContract
{
    private protected abstract IStore Store { get; }

    /// <summary>The same kind, at a place that is not there.</summary>
    private protected abstract IStore Away { get; }

    [Test]
    public async Task What_was_written_is_read_found_and_listed()
    {
        var written = await WriteAsync("packages/1.tar", "content", SHA256.HashData("content"u8));
        Assert.That((written.SizeBytes, written.Sha256), Is.EqualTo((7L, SHA256.HashData("content"u8))));
        Assert.That(await ReadAsync("packages/1.tar"), Is.EqualTo("content"));
        var found = await Store.FindAsync("packages/1.tar", CancellationToken.None);
        Assert.That((found?.Key, found?.SizeBytes), Is.EqualTo(("packages/1.tar", 7L)));
        Assert.That(found!.WrittenAt, Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        Assert.That(await KeysAsync(""), Is.EqualTo(new[] { "packages/1.tar" }));
        Assert.That(await Store.ChecksumAsync("packages/1.tar", CancellationToken.None), Is.EqualTo(SHA256.HashData("content"u8)));
    }

    [Test]
    public async Task A_file_without_content_is_one()
    {
        await WriteAsync("empty", "", SHA256.HashData([]));
        Assert.That((await ReadAsync("empty"), (await Store.FindAsync("empty", CancellationToken.None))?.SizeBytes), Is.EqualTo(("", 0L)));
    }

    [Test]
    public async Task What_has_another_checksum_is_never_there_and_what_was_there_stays()
    {
        Assert.That(async () => await WriteAsync("1", "content", SHA256.HashData("kontent"u8)),
            Throws.TypeOf<StoreException>().With.Message.Contains("has the SHA-256"));
        Assert.That(await Store.FindAsync("1", CancellationToken.None), Is.Null);
        await WriteAsync("1", "before", null);
        Assert.That(async () => await WriteAsync("1", "content", SHA256.HashData("kontent"u8)), Throws.TypeOf<StoreException>());
        Assert.That(await ReadAsync("1"), Is.EqualTo("before"));
        await WriteAsync("1", "after", null);
        Assert.That(await ReadAsync("1"), Is.EqualTo("after"));
    }

    [Test]
    public async Task A_writer_that_fails_leaves_nothing_that_anybody_sees()
    {
        await WriteAsync("1", "before", null);
        Assert.That(async () => await Store.WriteAsync("1", "1", async (stream, ct) =>
        {
            await stream.WriteAsync("af"u8.ToArray(), ct);
            throw new InvalidOperationException("killed");
        }, null, CancellationToken.None), Throws.InvalidOperationException);
        Assert.That((await ReadAsync("1"), await KeysAsync("")), Is.EqualTo(("before", new[] { "1" })));
    }

    [Test]
    public async Task Lists_are_in_the_order_of_the_names_and_narrowed_by_what_they_begin_with()
    {
        foreach (var key in (string[])["b/2", "b.txt", "a/c/1", "b/10", "a-1", "b/1"])
            await WriteAsync(key, key, null);
        Assert.That(await KeysAsync(""), Is.EqualTo(new[] { "a-1", "a/c/1", "b.txt", "b/1", "b/10", "b/2" }));
        Assert.That(await KeysAsync("b/"), Is.EqualTo(new[] { "b/1", "b/10", "b/2" }));
        Assert.That(await KeysAsync("b/1"), Is.EqualTo(new[] { "b/1", "b/10" }));
        Assert.That(await KeysAsync("c/"), Is.Empty);
    }

    [Test]
    public async Task What_is_deleted_is_gone_and_what_is_gone_already_is_no_failure()
    {
        foreach (var key in (string[])["tree/1", "tree/sub/2", "tree.txt"])
            await WriteAsync(key, key, null);
        await Store.DeleteAsync("tree/1", CancellationToken.None);
        await Store.DeleteAsync("tree/1", CancellationToken.None);
        Assert.That(await KeysAsync(""), Is.EqualTo(new[] { "tree.txt", "tree/sub/2" }));
        await Store.DeleteAllAsync("tree", CancellationToken.None);
        await Store.DeleteAllAsync("tree", CancellationToken.None);
        Assert.That(await KeysAsync(""), Is.EqualTo(new[] { "tree.txt" }));
        Assert.That(async () => await ReadAsync("tree/1"), Throws.TypeOf<StoreException>());
    }

    [Test]
    public async Task A_place_that_is_away_is_not_an_empty_one()
    {
        Assert.That(async () => await Away.FindAsync("1", CancellationToken.None), Throws.TypeOf<StoreAwayException>());
        Assert.That(async () => await Away.ReadAsync("1", CancellationToken.None), Throws.TypeOf<StoreAwayException>());
        Assert.That(async () => await Away.ListAsync("", CancellationToken.None).ToListAsync(), Throws.TypeOf<StoreAwayException>());
        await Assert.ThatAsync(() => Away.DeleteAsync("1", CancellationToken.None), Throws.TypeOf<StoreAwayException>());
        await Assert.ThatAsync(() => Away.WriteAsync("1", "1", (s, ct) => s.WriteAsync("1"u8.ToArray(), ct).AsTask(), null, CancellationToken.None),
            Throws.TypeOf<StoreAwayException>());
    }

    private protected Task<WrittenItem> WriteAsync(string key, string content, byte[]? sha256) =>
        Store.WriteAsync(key, "1", (stream, ct) => stream.WriteAsync(Encoding.UTF8.GetBytes(content), ct).AsTask(), sha256, CancellationToken.None);

    private protected async Task<string> ReadAsync(string key)
    {
        using var reader = new StreamReader(await Store.ReadAsync(key, CancellationToken.None));
        return await reader.ReadToEndAsync();
    }

    private protected async Task<List<string>> KeysAsync(string prefix) =>
        await Store.ListAsync(prefix, CancellationToken.None).Select(i => i.Key).ToListAsync();
}
