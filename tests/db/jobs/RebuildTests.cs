using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataFlow;
using OpsDb.Executions;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.DbTests.Jobs;

/// <summary>A catalogue that was lost, and learns again from the disks what it knew.</summary>
public sealed class RebuildTests : ArchivesFixture
{
    [Test]
    public async Task A_lost_catalogue_learns_from_an_archive_what_it_knew()
    {
        foreach (var n in Enumerable.Range(1, 3))
        {
            var package = await WriteAsync(($"{n}/scan.fits", $"content {n}"), ($"{n}/ä.txt", ""));
            await SubmitAsync(new DescribePackage { Id = package, ObsPublisherDid = $"ivo://example.org/raw?{package}" });
            await SubmitAsync(new FinishExecution { Id = (await ReadAsync<RawDataPackage>(package)).ExecutedObsUnitId, Comment = "steady" });
        }
        await FlowAsync();
        var before = await KnownAsync();
        await LoseAsync();
        Assert.That(await KnownAsync(), Is.Not.EqualTo(before));
        Assert.That(await RebuildAsync("valley"), Is.EqualTo(new string?[] { null, null, null }));
        Assert.That(await KnownAsync(), Is.EqualTo(before));
        Assert.That(await RebuildAsync("valley"), Is.Empty, "there is nothing more to learn");
        Assert.That(await RebuildAsync("lakes"), Is.EqualTo(new string?[] { null, null, null }), "the copies there");
        Assert.That(await Installation.MainAsync<int>("""
            select count(*) from physical_copy where location_type = 'long_term_archive' and verified_at is not null
            """), Is.EqualTo(6));
    }

    [Test]
    public async Task What_is_wrong_teaches_nothing_and_keeps_nothing_else_from_being_learned()
    {
        var wrong = await WriteAsync(("1.fits", "one"));
        await WriteAsync(("2.fits", "two"));
        await FlowAsync();
        var archive = Archives["valley"].Archive;
        Spoil(Path.Combine(archive.Path!, PackedFiles.KeyOf(wrong)));
        await LoseAsync();
        var problems = await RebuildAsync("valley");
        Assert.That(problems, Has.Exactly(1).Null.And.Exactly(1).Not.Null);
        Assert.That(await Installation.MainAsync<int>("select count(*) from raw_data_package"), Is.EqualTo(1));
    }

    [Test]
    public async Task In_a_buffer_where_nothing_stands_beside_it_a_file_is_compared_with_the_manifest()
    {
        var package = await WriteAsync(("1.fits", "content of the scan"));
        await FlowAsync();
        var packed = Path.Combine(Buffer.Path!, PackedFiles.KeyOf(package));
        await File.WriteAllBytesAsync(packed, Encoding.Latin1.GetBytes(
            (await File.ReadAllTextAsync(packed, Encoding.Latin1)).Replace("content of the scan", "content of the scam", StringComparison.Ordinal)));
        await LoseAsync();
        Assert.That(await RebuildAsync(Buffer), Has.Exactly(1).Contains("1.fits has the sha256"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from raw_data_package"), Is.Zero);
    }

    [Test]
    public async Task Whoever_is_killed_while_it_learns_goes_on_from_there()
    {
        await WriteAsync(("1.fits", "one"));
        await FlowAsync();
        var before = await KnownAsync();
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            await LoseAsync();
            Kill.Set(moment == 0 ? null : moment - 1);
            try
            {
                await RebuildAsync("valley");
            }
            catch (KilledException)
            {
                // As a signal would.
            }
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await RebuildAsync("valley");
            Assert.That(await KnownAsync(), Is.EqualTo(before), $"killed at moment {moment}");
        }
        Assert.That(moments, Is.GreaterThan(10));
    }

    private Task<List<string?>> RebuildAsync(string site) => RebuildAsync(Archives[site].Archive);

    private async Task<List<string?>> RebuildAsync(DataLocation place)
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Rebuilder>().RebuildAsync(place, CancellationToken.None)
            .Select(r => r.Problem).ToListAsync();
    }

    /// <summary>Everything that came in with observations is gone; what was set up by hand stays.</summary>
    private Task LoseAsync() => Installation.MainAsync<int>("""
        truncate executed_obs_unit, raw_data_file, raw_data_package, raw_data_package_metadata, data_transfer_package, data_transfer,
          long_term_archive_transfer, physical_copy, work_item cascade;
        select 1
        """);

    /// <summary>What the catalogue knows of observations and their data, but for when and by whom it was told.</summary>
    private async Task<string?> KnownAsync() => await Installation.MainAsync<string>("""
        with
          known as (
            select 'execution' kind, id::text, jsonb_build_object('unit', obs_unit_id, 'status', status, 'start', start_time, 'end', end_time,
              'comment', comment) content from executed_obs_unit
            union all select 'file', id::text, jsonb_build_object('package', raw_data_package_id, 'path', relative_path, 'bytes', size_bytes,
              'sum', encode(checksum, 'hex'), 'recorded', recorded_at, 'module', instrument_module_id, 'place', source_location_id) from raw_data_file
            union all select 'package', id::text, jsonb_build_object('execution', executed_obs_unit_id, 'module', instrument_module_id, 'part', part_number,
              'files', file_count, 'bytes', size_bytes, 'sum', encode(checksum, 'hex'), 'build', build_status, 'state', state) from raw_data_package
            union all select 'obscore', id::text, jsonb_build_object('did', obs_publisher_did, 'id', obs_id) from raw_data_package_metadata
            union all select 'copy', c.id::text, jsonb_build_object('place', data_location_id, 'sum', encode(verified_checksum, 'hex'), 'status', c.status)
              from physical_copy c join data_location l on l.id = c.data_location_id join site s on s.id = l.site_id
              where c.location_type = 'long_term_archive' and s.short_name = 'valley')
        select string_agg(kind || ' ' || id || ' ' || content, e'\n' order by kind, id) from known
        """);
}
