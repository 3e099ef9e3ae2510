using Microsoft.Extensions.DependencyInjection;
using OpsDb.Locations;
using OpsDb.Stores;
using OpsDb.Stores.Disk;

namespace OpsDb.DbTests.Stores;

/// <summary>Directories.</summary>
public sealed class DiskStoreTests : StoreContract
{
    private ServiceProvider services = null!;
    private string folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("opsdb-store-").FullName;
        services = new ServiceCollection().AddSingleton(TimeProvider.System).AddStores().AddDiskStores().BuildServiceProvider();
    }

    [TearDown]
    public async Task RemoveFolder()
    {
        Directory.Delete(folder, recursive: true);
        await services.DisposeAsync();
    }

    private protected override IStore Store => Open(folder);

    private protected override IStore Away => Open(Path.Combine(folder, "not-mounted"));

    [TestCase("../other")]
    [TestCase("a/../../other")]
    [TestCase("/etc/passwd")]
    [TestCase("")]
    public async Task No_name_leads_out_of_the_place(string key)
    {
        await Assert.ThatAsync(() => Store.ReadAsync(key, CancellationToken.None), Throws.TypeOf<StoreException>());
        await Assert.ThatAsync(() => Store.DeleteAllAsync(key, CancellationToken.None), Throws.TypeOf<StoreException>());
    }

    [Test]
    public async Task A_link_is_neither_followed_nor_emptied()
    {
        var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "letter"), "mine");
        var root = Directory.CreateDirectory(Path.Combine(folder, "root")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "tree"), other);
        await Assert.ThatAsync(() => Open(root).DeleteAllAsync("tree", CancellationToken.None),
            Throws.TypeOf<StoreException>().With.Message.Contains("is a link"));
        Assert.That(File.Exists(Path.Combine(other, "letter")));
    }

    private IStore Open(string path) => services.GetRequiredService<StoreKinds>().Open(new DataLocation
    {
        Id = 1,
        SiteId = 1,
        Name = "disk",
        LocationType = LocationType.Buffer,
        StorageType = StorageType.Disk,
        Priority = 1,
        Active = true,
        Path = path,
    });
}
