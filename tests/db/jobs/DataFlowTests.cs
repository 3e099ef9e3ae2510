using System.Security.Cryptography;
using System.Text.Json;
using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.RawData;

namespace OpsDb.DbTests.Jobs;

/// <summary>Packages on their way from a telescope to two archive sites, by the jobs of all three.</summary>
public sealed class DataFlowTests : ArchivesFixture
{
    [Test]
    public async Task A_package_leaves_the_telescope_once_and_is_archived_at_two_sites()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        var archived = await ReadAsync<RawDataPackage>(package);
        Assert.That((archived.State, archived.Reason), Is.EqualTo((Whereabouts.Archived, (string?)null)));
        foreach (var (site, (_, archive)) in Archives)
        {
            var file = Path.Combine(archive.Path!, PackedFiles.KeyOf(package));
            Assert.That(SHA256.HashData(await File.ReadAllBytesAsync(file)), Is.EqualTo(archived.Checksum), site);
            var sidecar = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync($"{file}.json"));
            Assert.That(sidecar.GetProperty("package").GetProperty("id").GetGuid(), Is.EqualTo(package), site);
            Assert.That((await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, archive.Id))).VerifiedAt, Is.Not.Null, site);
        }
        Assert.That(await Installation.MainAsync<string>("""
            select count(*) || ' transfers, ' || count(*) filter (where first_hop) || ' from the telescope' from data_transfer
            """), Is.EqualTo("2 transfers, 1 from the telescope"));
        Assert.That(await Installation.MainAsync<int>("select cardinality(obstacles) from physical_copy_deletion where id = @id",
            new { id = PhysicalCopy.IdOf(package, Buffer.Id) }), Is.Zero, "now the telescope's copy may go");
        await FlowAsync();
        Assert.That(await Installation.MainAsync<int>("select count(*) from data_transfer"), Is.EqualTo(2), "there is nothing more to do");
    }

    [Test]
    public async Task A_bundle_whose_maker_is_killed_at_any_moment_is_sent_once_all_the_same()
    {
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            await WriteAsync(($"{moment}.fits", $"content {moment}"));
            await RunAsync("package");
            Kill.Set(moment == 0 ? null : moment - 1);
            await RunAsync("bundle");
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await RunAsync("bundle");
            Assert.That(await Installation.MainAsync<string>("""
                select (select count(*) from data_transfer_package where status = 'completed') || ' ' || count(*) from data_transfer where first_hop
                """), Is.EqualTo($"{moment + 1} {moment + 1}"), $"killed at moment {moment}");
        }
        Assert.That(moments, Is.GreaterThan(8));
    }

    [Test]
    public async Task Bundles_go_first_to_each_archive_site_in_turn()
    {
        await WriteAsync(("1.fits", "one"));
        await WriteAsync(("2.fits", "two"));
        await FlowAsync();
        Assert.That(await Installation.MainAsync<int>("select count(distinct destination_location_id) from data_transfer where first_hop"), Is.EqualTo(2));
    }

    [Test]
    public async Task What_is_changed_at_the_telescope_or_on_the_way_arrives_nowhere()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await RunAsync("package");
        await RunAsync("bundle");
        var (at, site) = (Path.Combine(Buffer.Path!, PackedFiles.KeyOf(package)), await FirstSiteAsync());
        var arrived = Path.Combine(Archives[site].Buffer.Path!, PackedFiles.KeyOf(package));
        Spoil(at);
        Assert.That((await RunAsync(site, "transfer")).Reason, Does.Contain("has the SHA-256"));
        Assert.That(File.Exists(arrived), Is.False);
        Spoil(at);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync(site, "transfer")).Done, Is.EqualTo(1));

        Spoil(arrived);
        Assert.That((await RunAsync(site, "unpack-verify")).Reason, Does.Contain("has the SHA-256"));
        Assert.That(await Installation.MainAsync<string>("select status || ' ' || unpack_status from data_transfer"), Is.EqualTo("completed pending"),
            "what was copied is not copied again because of that");
        Spoil(arrived);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync(site, "unpack-verify")).Done, Is.EqualTo(1));

        Spoil(arrived);
        Assert.That((await RunAsync(site, "archive")).Reason, Does.Contain("has the SHA-256"));
        Assert.That(Directory.GetFiles(Archives[site].Archive.Path!, "*.tar", SearchOption.AllDirectories), Is.Empty);
        Spoil(arrived);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync(site, "archive")).Done, Is.EqualTo(1));
    }

    [Test]
    public async Task A_transfer_that_breaks_goes_on_with_the_next_package()
    {
        for (var n = 0; n < 3; n++)
            await WriteAsync(($"{n}.fits", "content"));
        await RunAsync("package");
        await RunAsync("bundle");
        var site = await FirstSiteAsync();
        // Claim, two moves, and of the first package half of what is done: each with a moment before and one after.
        Kill.Set(12);
        await RunAsync(site, "transfer");
        Kill.Set(null);
        await UntilDoneAsync(site, "transfer");
        Assert.That(await Installation.MainAsync<int>("select count(*) from data_transfer where first_hop and status = 'completed'"), Is.GreaterThan(0));
    }

    [TestCase("transfer")]
    [TestCase("unpack-verify")]
    [TestCase("archive")]
    public async Task A_worker_that_is_killed_between_any_two_steps_loses_nothing(string job)
    {
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            Kill.Set(null);
            var package = await WriteAsync(($"{moment}.fits", $"content {moment}"));
            await RunAsync("package");
            await RunAsync("bundle");
            var site = await FirstSiteAsync();
            foreach (var before in ((string[])["transfer", "unpack-verify", "archive"]).TakeWhile(j => j != job))
                await UntilDoneAsync(site, before);
            Kill.Set(moment == 0 ? null : moment - 1);
            await RunAsync(site, job);
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await UntilDoneAsync(site, job);
            await UntilDoneAsync(site, "unpack-verify");
            await UntilDoneAsync(site, "archive");
            var archive = Archives[site].Archive;
            var archived = await ReadAsync<RawDataPackage>(package);
            var bytes = await File.ReadAllBytesAsync(Path.Combine(archive.Path!, PackedFiles.KeyOf(package)));
            Assert.That((archived.State, Convert.ToHexStringLower(SHA256.HashData(bytes))),
                Is.EqualTo((Whereabouts.Archived, Convert.ToHexStringLower(archived.Checksum!))), $"killed at moment {moment}");
        }
        Assert.That(moments, Is.GreaterThan(8));
    }

    [Test]
    public async Task What_may_go_goes_when_a_disk_is_short_of_room_and_stays_otherwise()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        foreach (var used in (int?[])[null, 60, 69])
        {
            Kill.Used = used;
            Assert.That((await RunAsync("delete")).Done, Is.Zero, $"{used} % are used");
        }
        Kill.Used = 70;
        Assert.That((await RunAsync("delete")).Done, Is.EqualTo(2), "the file of the instrument, and the package");
        Assert.That(Directory.GetFiles(Raw.Path!), Is.Empty);
        Assert.That(Directory.GetFiles(Buffer.Path!, "*.tar", SearchOption.AllDirectories), Is.Empty);
        foreach (var (site, (_, archive)) in Archives)
        {
            await RunAsync(site, "delete");
            Assert.That(File.Exists(Path.Combine(archive.Path!, PackedFiles.KeyOf(package))), site);
        }
        Assert.That(await Installation.MainAsync<int>("select count(*) from physical_copy where status = 'present' and location_type = 'long_term_archive'"),
            Is.EqualTo(2));
    }

    [Test]
    public async Task A_disk_is_freed_a_little_further_than_to_where_it_became_short()
    {
        var done = new List<int>();
        foreach (var used in (int[])[69, 70, 66, 64, 66])
        {
            Kill.Used = null;
            await WriteAsync(($"{done.Count}.fits", $"{done.Count}"));
            await FlowAsync();
            Kill.Used = used;
            done.Add((await RunAsync("delete")).Done);
        }
        Assert.That(done, Is.EqualTo(new[] { 0, 4, 2, 0, 0 }), "short from 70 % on, until it is below 65 %");
    }

    [Test]
    public async Task What_is_not_yet_safe_or_held_stays_however_full_the_disk_is()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        Kill.Used = 99;
        await RunAsync("package");
        Assert.That((await RunAsync("delete")).Done, Is.Zero, "it is in no archive");
        Kill.Used = null;
        await FlowAsync();
        await SubmitAsync(new CreateHold("reprocessing") { RawDataPackageId = package });
        Kill.Used = 99;
        Assert.That((await RunAsync("delete")).Done, Is.Zero, "it is held");
        Assert.That(Directory.GetFiles(Raw.Path!), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task An_archive_copy_that_has_gone_bad_is_noticed_and_keeps_the_others_from_being_deleted()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        var (_, archive) = Archives["lakes"];
        Spoil(Path.Combine(archive.Path!, PackedFiles.KeyOf(package)));
        var run = await RunAsync("lakes", "verify-at-rest");
        Assert.That((run.Outcome, run.Reason), Is.EqualTo((JobOutcome.SomeFailed, run.Reason)));
        Assert.That(run.Reason, Does.Contain("is not what it should be"));
        Assert.That((await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, archive.Id))).VerifiedAt, Is.Null);
        Kill.Used = 99;
        Assert.That((await RunAsync("delete")).Done, Is.Zero, "only one copy is known to be right");
        Assert.That((await RunAsync("valley", "verify-at-rest")).Outcome, Is.EqualTo(JobOutcome.Done));
    }

    [Test]
    public async Task A_worker_that_is_killed_while_it_deletes_deletes_nothing_else_and_nothing_twice()
    {
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            (Kill.Used, var package) = (null, await WriteAsync(($"{moment}.fits", $"content {moment}")));
            await FlowAsync();
            Kill.Used = 99;
            Kill.Set(moment == 0 ? null : moment - 1);
            await RunAsync("delete");
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await UntilDoneAsync("peak", "delete");
            Assert.That(await Installation.MainAsync<string>("""
                select string_agg(location_type || ' ' || status || ' ' || (verified_at is not null), ', ' order by location_type, data_location_id)
                from physical_copy where raw_data_package_id = @package and location_type = 'long_term_archive'
                """, new { package }), Is.EqualTo("long_term_archive present true, long_term_archive present true"), $"killed at moment {moment}");
            Assert.That(Directory.GetFiles(Raw.Path!), Is.Empty, $"killed at moment {moment}");
        }
    }
}
