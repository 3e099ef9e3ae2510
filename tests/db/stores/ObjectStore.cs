using Amazon.Runtime;
using Amazon.S3;
using OpsDb.Locations;
using OpsDb.Servers;

namespace OpsDb.DbTests.Stores;

/// <summary>An S3 service for all tests that need one, started by the first of them.</summary>
internal sealed class ObjectStore : IAsyncDisposable
{
    public const string Key = "opsdb", Secret = "not-a-real-secret";

    public const string SecretName = "object-store";

    private readonly ObjectServer server;
    private readonly string home;

    private ObjectStore(ObjectServer server, string home, IAmazonS3 client) => (this.server, this.home, Client) = (server, home, client);

    public IAmazonS3 Client { get; }

    public Uri Address => server.Address;

    /// <summary>A directory with the secret that opens it.</summary>
    public string Credentials => Path.Combine(home, "credentials");

    public static async Task<ObjectStore> StartAsync()
    {
        var home = Directory.CreateTempSubdirectory("opsdb-objects-").FullName;
        ServersHome.Create(home);
        var server = new ObjectServer(new() { Home = home, Port = Ports.Next(0, 1, 2), AccessKeyId = Key, SecretAccessKey = Secret });
        try
        {
            await server.StartAsync();
        }
        catch (ServersException e) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            await server.DisposeAsync();
            Assert.Ignore(e.Message);
        }
        var credentials = Directory.CreateDirectory(Path.Combine(home, "credentials")).FullName;
        await File.WriteAllTextAsync(Path.Combine(credentials, SecretName), $$"""{"access_key_id": "{{Key}}", "secret_access_key": "{{Secret}}"}""");
        return new(server, home, new AmazonS3Client(new BasicAWSCredentials(Key, Secret), new AmazonS3Config
        {
            ServiceURL = server.Address.ToString(),
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
        }));
    }

    public async Task<string> MakeBucketAsync()
    {
        var name = $"bucket-{Guid.NewGuid():N}";
        await Client.PutBucketAsync(name);
        return name;
    }

    /// <summary>A location in a bucket.</summary>
    public DataLocation Location(string bucket) => new()
    {
        Id = 1,
        SiteId = 1,
        Name = "objects",
        LocationType = Locations.LocationType.LongTermArchive,
        StorageType = StorageType.S3,
        Priority = 1,
        Active = true,
        EndpointUrl = Address.ToString().TrimEnd('/'),
        BucketName = bucket,
        Prefix = "site/",
        SecretName = SecretName,
    };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }
}
