using System.Security.Cryptography;
using Amazon.S3.Model;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Servers;
using OpsDb.Stores;
using OpsDb.Stores.S3;

namespace OpsDb.DbTests.Stores;

/// <summary>Buckets of a real service.</summary>
public sealed class S3StoreTests : StoreContract
{
    private const int Parts = 3;

    private static readonly byte[] Large = RandomNumberGenerator.GetBytes((Parts - 1) * S3Upload.PartBytes + 1000);

    private static ObjectStore objects = null!;
    private static ServiceProvider services = null!;
    private string bucket = null!;

    [OneTimeSetUp]
    public static async Task Start()
    {
        objects = await ObjectStore.StartAsync();
        services = new ServiceCollection().AddSingleton(TimeProvider.System).AddCredentials(new(objects.Credentials)).AddStores().AddS3Stores()
            .BuildServiceProvider();
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        if (services is not null)
            await services.DisposeAsync();
        if (objects is not null)
            await objects.DisposeAsync();
    }

    [SetUp]
    public async Task MakeBucket() => bucket = await objects.MakeBucketAsync();

    private protected override IStore Store => Open(l => l);

    private protected override IStore Away => Open(l => l with { BucketName = "nobody-has-made-it" });

    [Test]
    public async Task What_is_long_goes_in_parts_and_tells_its_checksum()
    {
        await WriteLargeAsync(Store);
        Assert.That(await Store.ChecksumAsync("large", CancellationToken.None), Is.EqualTo(SHA256.HashData(Large)));
        var there = await objects.Client.GetObjectMetadataAsync(bucket, "site/large");
        Assert.That((there.ETag.Trim('"')[^2..], there.Metadata["sha256"]), Is.EqualTo(($"-{Parts}", Convert.ToHexStringLower(SHA256.HashData(Large)))));
    }

    [Test]
    public async Task An_upload_that_breaks_goes_on_with_the_part_that_is_missing()
    {
        Assert.That(async () => await Store.WriteAsync("large", "1", async (stream, ct) =>
        {
            await stream.WriteAsync(Large.AsMemory(0, S3Upload.PartBytes + 10), ct);
            throw new IOException("the source has gone away");
        }, SHA256.HashData(Large), CancellationToken.None), Throws.TypeOf<IOException>());
        Assert.That(await Store.FindAsync("large", CancellationToken.None), Is.Null);
        await using var upload = new S3Upload(objects.Client, objects.Location(bucket), "site/large", SHA256.HashData(Large));
        await upload.WriteAsync(Large);
        await upload.CompleteAsync(CancellationToken.None);
        Assert.That(upload.Kept, Is.EqualTo(1));
        Assert.That(await Store.ChecksumAsync("large", CancellationToken.None), Is.EqualTo(SHA256.HashData(Large)));
    }

    [Test]
    public async Task What_an_interrupted_upload_has_left_of_another_content_is_not_taken_for_this_one()
    {
        Assert.That(async () => await Store.WriteAsync("large", "1", async (stream, ct) =>
        {
            await stream.WriteAsync(new byte[S3Upload.PartBytes + 10], ct);
            throw new IOException("the source has gone away");
        }, null, CancellationToken.None), Throws.TypeOf<IOException>());
        await WriteLargeAsync(Store);
        Assert.That(await Store.ChecksumAsync("large", CancellationToken.None), Is.EqualTo(SHA256.HashData(Large)));
    }

    [Test]
    public async Task A_link_that_is_cut_in_the_middle_of_a_part_is_told_as_that_and_nothing_is_there()
    {
        await using var link = Relay.Start(Ports.Next(), objects.Address.Host, objects.Address.Port);
        var overLink = Open(l => l with { EndpointUrl = $"http://127.0.0.1:{link.Port}" });
        Assert.That(async () => await overLink.WriteAsync("large", "1", async (stream, ct) =>
        {
            await stream.WriteAsync(Large.AsMemory(0, S3Upload.PartBytes + 10), ct);
            link.Down();
            await stream.WriteAsync(Large.AsMemory(S3Upload.PartBytes + 10), ct);
        }, SHA256.HashData(Large), CancellationToken.None), Throws.TypeOf<StoreAwayException>().With.Message.Contains("cannot be reached"));
        link.Up();
        Assert.That(await overLink.FindAsync("large", CancellationToken.None), Is.Null);
        await WriteLargeAsync(overLink);
        Assert.That(await Store.ChecksumAsync("large", CancellationToken.None), Is.EqualTo(SHA256.HashData(Large)));
    }

    [Test]
    public async Task What_nobody_will_complete_any_more_is_tidied_away()
    {
        await objects.Client.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "site/left" });
        await objects.Client.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "other/left" });
        Assert.That(await Store.TidyAsync(TimeSpan.FromHours(1), CancellationToken.None), Is.Zero);
        Assert.That(await Store.TidyAsync(TimeSpan.FromMinutes(-1), CancellationToken.None), Is.EqualTo(1));
        var left = await objects.Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket });
        Assert.That(left.MultipartUploads.Select(u => u.Key), Is.EqualTo(new[] { "other/left" }), "what is not below the location is somebody else's");
    }

    [Test]
    public async Task A_location_without_its_secret_waits_and_tells_nothing_of_it()
    {
        await Refuses(l => l with { SecretName = null }, "names no secret");
        await Refuses(l => l with { SecretName = "nobody-has-it" }, "the secret nobody-has-it");
        await File.WriteAllTextAsync(Path.Combine(objects.Credentials, "broken"), "super-secret");
        await Refuses(l => l with { SecretName = "broken" }, "has not the form");
        await File.WriteAllTextAsync(Path.Combine(objects.Credentials, "wrong"), """{"access_key_id": "opsdb", "secret_access_key": "super-secret"}""");
        await Refuses(l => l with { SecretName = "wrong" }, "refuses the secret");

        async Task Refuses(Func<DataLocation, DataLocation> how, string why) => await Assert.ThatAsync(
            () => Open(how).FindAsync("1", CancellationToken.None),
            Throws.TypeOf<StoreAwayException>().With.Message.Contains(why).And.Message.Not.Contains("super-secret"));
    }

    [Test]
    public async Task How_full_a_place_is_is_known_where_it_is_known_how_much_it_takes()
    {
        await WriteAsync("1", "content", null);
        Assert.That(await Store.SpaceAsync(CancellationToken.None), Is.Null);
        Assert.That(await Open(l => l with { CapacityBytes = 100 }).SpaceAsync(CancellationToken.None), Is.EqualTo(new StoreSpace(93, 100)));
    }

    private IStore Open(Func<DataLocation, DataLocation> how) => services.GetRequiredService<StoreKinds>().Open(how(objects.Location(bucket)));

    private static async Task WriteLargeAsync(IStore store) => await store.WriteAsync("large", "1", (stream, ct) => stream.WriteAsync(Large, ct).AsTask(),
        SHA256.HashData(Large), CancellationToken.None);
}
