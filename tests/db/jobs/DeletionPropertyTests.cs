using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.DbTests.Properties;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Jobs;

/// <summary>
/// Whatever happens to packages, and in whatever order, none of their copies at the telescope goes before two archive sites have verified ones and while
/// somebody holds them. How a failure is run again: <see cref="Property"/>.
/// </summary>
public sealed class DeletionPropertyTests : DataFixture
{
    private readonly List<(string Site, DataLocation Archive)> archives = [];

    [SetUp]
    public async Task MakeArchives()
    {
        archives.Clear();
        foreach (var name in (string[])["valley", "lakes"])
        {
            var site = await SubmitAsync(new CreateSite($"Data centre {name}", name));
            await LocationAsync("input_buffer", LocationType.Buffer, site);
            archives.Add((name, await LocationAsync("archive", LocationType.LongTermArchive, site)));
        }
    }

    [Test]
    public void No_history_leads_to_fewer_verified_copies_than_the_policy_wants() => Property.Holds(cases: 12, most: 25, async rolls =>
    {
        var packages = new List<Made> { await MakeAsync() };
        foreach (var dice in rolls.Events)
        {
            var (what, package) = (dice.Next(12), dice.Of(packages));
            var (site, archive) = dice.Of(archives);
            (Kill.Used, var told) = (what >= 8 ? 99 : null, "");
            switch (what)
            {
                case 0:
                    packages.Add(await MakeAsync());
                    break;
                case 1 or 2 or 3:
                    foreach (var job in (string[])["transfer", "unpack-verify", "archive", "bundle"])
                        await RunAsync(site, job);
                    await WaitNoLongerAsync();
                    break;
                case 4:
                    Spoil(Path.Combine(archive.Path!, PackedFiles.KeyOf(package.Id)));
                    break;
                case 5:
                    await RunAsync(site, "verify-at-rest");
                    break;
                case 6 when package.Hold is null:
                    package.Hold = (await SubmitAsync(new CreateHold("reprocessing") { RawDataPackageId = package.Id })).Id;
                    break;
                case 6:
                    await SubmitAsync(new ReleaseHold { Id = package.Hold.Value });
                    package.Hold = null;
                    break;
                case 7:
                    // A script that does not ask first.
                    told = await TryAsync(new MoveCopy(CopyStatus.DeletionScheduled) { Id = PhysicalCopy.IdOf(package.Id, Buffer.Id) });
                    break;
                case 8:
                    Kill.Set(dice.Next(30));
                    await RunAsync("delete");
                    Kill.Set(null);
                    await Eventually.TrueAsync(async () => await Installation.MainAsync<int>("select count(*) from work_lease where ends_at > now()") == 0,
                        "what it had is anybody's");
                    break;
                default:
                    await RunAsync("delete");
                    break;
            }
            foreach (var each in packages)
                await RequireSafeAsync(each, () => $"after {what} of {each.Id} {told} in {rolls}");
        }
    });

    private async Task<Made> MakeAsync()
    {
        var name = $"{Guid.NewGuid()}.fits";
        var package = await WriteAsync((name, name));
        await RunAsync("package");
        await RunAsync("bundle");
        return new(package, Path.Combine(Raw.Path!, name), Path.Combine(Buffer.Path!, PackedFiles.KeyOf(package)));
    }

    private async Task RequireSafeAsync(Made package, Func<string> otherwise)
    {
        foreach (var file in package.Files.Where(f => !File.Exists(f)).ToList())
        {
            package.Files.Remove(file);
            var archived = await Installation.MainAsync<int>("""
                select count(distinct l.site_id) from physical_copy c join data_location l on l.id = c.data_location_id
                where c.raw_data_package_id = @id and c.location_type = 'long_term_archive' and c.status = 'present' and c.verified_at is not null
                """, new { id = package.Id });
            Property.Require(archived >= 2 && package.Hold is null, () => $"{file} is gone with {archived} archive copies, hold {package.Hold}, {otherwise()}");
        }
        Property.Require(package.Files.Count == 2 || archives.TrueForAll(a => File.Exists(Path.Combine(a.Archive.Path!, PackedFiles.KeyOf(package.Id)))),
            () => $"an archive has lost {package.Id}, {otherwise()}");
    }

    /// <returns>Why it was refused; nothing when it was not.</returns>
    private async Task<string> TryAsync<T>(ICommand<T> command)
    {
        try
        {
            await SubmitAsync(command);
            return "";
        }
        catch (RefusalException e)
        {
            return e.Message;
        }
    }

    /// <summary>Changes one bit; a second time changes it back.</summary>
    private static void Spoil(string file)
    {
        if (!File.Exists(file))
            return;
        using var stream = new FileStream(file, FileMode.Open);
        stream.Position = 600;
        var was = stream.ReadByte();
        stream.Position = 600;
        stream.WriteByte((byte)(was ^ 1));
    }

    private sealed record Made(Guid Id, params string[] At)
    {
        public List<string> Files { get; } = [.. At];

        public Guid? Hold { get; set; }
    }
}
