using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Sites;

/// <summary>What a site remembers for a while: in the main database, and in the Redis of a secondary site.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class SiteMemoryTests(SiteType type) : SiteFixture(type)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly string name = $"tests/{Guid.NewGuid():n}";

    [Test]
    public Task One_of_many_who_try_at_once_has_it() => UseAsync(async memory =>
    {
        var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => memory.ReplaceAsync($"{name}/one", null, $"{n}", Long, CancellationToken.None)));
        Assert.That(won.Count(w => w), Is.EqualTo(1));
        Assert.That(await memory.FindAsync($"{name}/one", CancellationToken.None), Is.EqualTo($"{Array.IndexOf(won, true)}"));
    });

    [Test]
    public Task What_is_given_back_is_free_at_once() => UseAsync(async memory =>
    {
        for (var n = 0; n < 20; n++)
        {
            Assert.That(await memory.ReplaceAsync($"{name}/back", null, $"{n}", Long, CancellationToken.None), Is.True, $"{n}");
            Assert.That(await memory.ForgetAsync($"{name}/back", "another", CancellationToken.None), Is.False, $"{n}");
            Assert.That(await memory.ForgetAsync($"{name}/back", $"{n}", CancellationToken.None), Is.True, $"{n}");
        }
        Assert.That(await memory.ForgetAsync($"{name}/back", "19", CancellationToken.None), Is.False);
    });

    [Test]
    public Task It_is_taken_once_and_ends_by_itself() => UseAsync(async memory =>
    {
        await memory.SetAsync($"{name}/take", "text", Long, CancellationToken.None);
        Assert.That(await memory.TakeAsync($"{name}/take", CancellationToken.None), Is.EqualTo("text"));
        Assert.That(await memory.TakeAsync($"{name}/take", CancellationToken.None), Is.Null);
        await memory.SetAsync($"{name}/short", "text", TimeSpan.FromMilliseconds(50), CancellationToken.None);
        await Eventually.TrueAsync(async () => await memory.FindAsync($"{name}/short", CancellationToken.None) is null, "it is over");
        Assert.That(await memory.ForgetAsync($"{name}/short", "text", CancellationToken.None), Is.False);
        Assert.That(await memory.ReplaceAsync($"{name}/short", null, "again", Long, CancellationToken.None), Is.True);
    });

    private Task UseAsync(Func<ISiteMemory, Task> use) =>
        DataApiBase.UseAsync(TestApi.Read(SiteType == SiteType.Main ? Installation.MainSettings() : Installation.SecondarySettings()), use);
}
