using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.Stores.S3;

/// <summary>What a location's secret contains: <c>{"access_key_id": …, "secret_access_key": …}</c>.</summary>
internal sealed record S3Secret(string AccessKeyId, string SecretAccessKey)
{
    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => nameof(S3Secret);
}

/// <summary>Connections to services, one for each address and key; a secret that was replaced gives another one.</summary>
internal sealed class S3Clients(ICredentials credentials, TimeProvider time) : IDisposable
{
    // A part of 16 MB needs some minutes over a slow link.
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromMinutes(10);

    private const int Retries = 2;

    /// <summary>What services without regions of their own expect.</summary>
    internal const string DefaultRegion = "us-east-1";

    private readonly ConcurrentDictionary<(string Address, string Region, S3Secret Secret), IAmazonS3> clients = new();
    private readonly ConcurrentDictionary<int, (DateTimeOffset At, long Value)> remembered = new();

    /// <exception cref="StoreAwayException">There is no such secret here.</exception>
    public async Task<IAmazonS3> OpenAsync(DataLocation location, CancellationToken ct)
    {
        var name = location.SecretName ?? throw new StoreAwayException($"the location {location.Name} names no secret with which it could be opened");
        var text = await credentials.FindAsync(name, ct)
            ?? throw new StoreAwayException($"the secret {name} with which {location.Name} is opened is not here");
        S3Secret? secret;
        try
        {
            secret = JsonSerializer.Deserialize<S3Secret>(text, Json.Options);
        }
        catch (JsonException)
        {
            // What it says may be a part of the secret.
            secret = null;
        }
        if (secret is not { AccessKeyId.Length: > 0, SecretAccessKey.Length: > 0 })
            throw new StoreAwayException($"the secret {name} has not the form {{\"access_key_id\": …, \"secret_access_key\": …}}");
        return clients.GetOrAdd((location.EndpointUrl!, location.Region ?? DefaultRegion, secret), k => Connect(k.Address, k.Region, k.Secret));
    }

    internal static IAmazonS3 Connect(string address, string region, S3Secret secret) => new AmazonS3Client(
        new BasicAWSCredentials(secret.AccessKeyId, secret.SecretAccessKey), new AmazonS3Config
        {
            ServiceURL = address,
            AuthenticationRegion = region,
            ForcePathStyle = true,
            Timeout = RequestDeadline,
            MaxErrorRetry = Retries,
            HttpClientFactory = new OnceForContent(),
            // Services other than the first one refuse checksums that they do not know; each part has its MD5, and each object its SHA-256.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    /// <summary>What was found out about a location a short while ago, or now.</summary>
    public async Task<long> RememberedAsync(int location, TimeSpan life, Func<Task<long>> find)
    {
        if (remembered.TryGetValue(location, out var known) && known.At > time.GetUtcNow() - life)
            return known.Value;
        var value = await find();
        remembered[location] = (time.GetUtcNow(), value);
        return value;
    }

    public void Dispose()
    {
        foreach (var client in clients.Values)
            client.Dispose();
    }
}

/// <summary>
/// Uses a connection no more after a request with content: some services refuse one without having read its content, and take that for the next request of
/// the same connection.
/// </summary>
internal sealed class OnceForContent : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        new(new Handler()) { Timeout = clientConfig.Timeout ?? Timeout.InfiniteTimeSpan };

    private sealed class Handler() : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.ConnectionClose = request.Content is not null;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

internal sealed class S3Stores(S3Clients clients, TimeProvider time) : IStoreKind
{
    public StorageType Type => StorageType.S3;

    public IStore Open(DataLocation location) => new S3Store(clients, location, time);
}

public static class S3Registration
{
    /// <summary>Makes a bucket, for whoever runs a service of their own.</summary>
    public static async Task MakeBucketAsync(Uri address, string accessKeyId, string secretAccessKey, string bucket, CancellationToken ct)
    {
        using var client = S3Clients.Connect(address.ToString(), S3Clients.DefaultRegion, new(accessKeyId, secretAccessKey));
        await client.PutBucketAsync(bucket, ct);
    }

    /// <summary>Locations in buckets. Needs the credentials.</summary>
    public static IServiceCollection AddS3Stores(this IServiceCollection services) =>
        services.AddSingleton<S3Clients>().AddSingleton<IStoreKind, S3Stores>();
}
