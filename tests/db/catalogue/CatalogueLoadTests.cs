using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Catalogue;

public sealed class CatalogueLoadTests : DatabaseFixture
{
    private string folder = "";

    [SetUp]
    public void CopySamples()
    {
        folder = Directory.CreateTempSubdirectory("opsdb-catalogue-").FullName;
        foreach (var file in Directory.GetFiles(BuiltPrograms.Samples, "*.csv"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    [TearDown]
    public void Remove() => Directory.Delete(folder, true);

    [Test]
    public async Task Loading_twice_changes_nothing()
    {
        var before = await CountAsync();
        var loaded = await LoadAsync();
        Assert.That(loaded.Values.Sum(c => c.Created + c.Updated), Is.Zero);
        Assert.That(loaded["obs_unit"].Unchanged, Is.GreaterThanOrEqualTo(60));
        Assert.That(await CountAsync(), Is.EqualTo(before), "not even a transaction");
    }

    [Test]
    public async Task New_rows_of_a_file_are_created()
    {
        await EditAsync("sources.csv", text => text + "New One,fixed,1.5,2.5,,,ICRF3,\n");
        await EditAsync("obs_modes.csv", text => text + "new_mode,made for a test\n");
        var loaded = await LoadAsync();
        Assert.That((loaded["source"].Created, loaded["obs_mode"].Created), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task One_wrong_row_is_told_with_file_line_and_column_and_nothing_is_loaded()
    {
        await EditAsync("obs_modes.csv", text => text + "new_mode,made for a test\n");
        await EditAsync("sources.csv", text => text + "Wrong,fixed,400,2.5,,,ICRF3,\n");
        var line = (await File.ReadAllLinesAsync(Path.Combine(folder, "sources.csv"))).Length;
        var refused = await Assert.ThrowsAsync<RefusalException>(LoadAsync);
        Assert.That(refused!.Message, Does.Contain($"sources.csv, line {line}, ra_deg"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from obs_mode where name = 'new_mode'"), Is.Zero);
    }

    [Test]
    public async Task What_was_exported_loads_again_and_changes_nothing()
    {
        await EditAsync("obs_modes.csv", text => text + "exported_mode,\"made, for \"\"a\"\" test\"\n");
        await LoadAsync();
        var exported = await DataApiBase.ExportCatalogueAsync(TestApi.Read(Installation.MainSettings()), folder, CancellationToken.None);
        Assert.That(exported["obs_units.csv"], Is.GreaterThanOrEqualTo(60));
        Assert.That(exported, Has.Count.EqualTo(16));
        var before = await CountAsync();
        var loaded = await LoadAsync();
        Assert.That(loaded.Values.Sum(c => c.Created + c.Updated), Is.Zero);
        Assert.That(loaded.Values.Sum(c => c.Unchanged), Is.EqualTo(exported.Values.Sum()));
        Assert.That(await CountAsync(), Is.EqualTo(before), "not even a transaction");
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder, "obs_modes.csv")), Does.Contain("exported_mode,\"made, for \"\"a\"\" test\"\n"));
    }

    private async Task<IReadOnlyDictionary<string, OpsDb.Catalogue.LoadCounts>> LoadAsync() =>
        (await DataApiBase.LoadCatalogueAsync(TestApi.Read(Installation.MainSettings()), folder, CancellationToken.None)).Tables;

    private Task<long> CountAsync() => Installation.MainAsync<long>("select count(*) from applied_transaction")!;

    private async Task EditAsync(string file, Func<string, string> edit)
    {
        var path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(path, edit(await File.ReadAllTextAsync(path)));
    }
}
