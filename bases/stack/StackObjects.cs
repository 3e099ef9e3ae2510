using System.Security.Cryptography;
using OpsDb.Servers;
using OpsDb.Stores.S3;

namespace OpsDb.Stack;

/// <summary>The S3 service in which one of the archives is, where this machine can have it. What is in it is gone when the stack ends.</summary>
internal sealed class StackObjects(StackHome home, StackPorts ports, StackProcesses processes)
{
    public const string SecretName = "coast-archive", Bucket = "raw-data";

    private const string AccessKeyId = "opsdb";

    /// <returns>Its address; null where it cannot be had.</returns>
    public async Task<Uri?> StartAsync(CancellationToken ct)
    {
        try
        {
            await ServerBinaries.FindCephAsync(ct);
        }
        catch (ServersException e)
        {
            Console.WriteLine($"Without an S3 service, so that the archive at the coast is a directory: {e.Message}");
            return null;
        }
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        var server = new ObjectServer(new() { Home = home.Folder, Port = ports.Objects, AccessKeyId = AccessKeyId, SecretAccessKey = secret })
        {
            Started = (name, process) => processes.Add(name, process),
        };
        await server.StartAsync(ct);
        await S3Registration.MakeBucketAsync(server.Address, AccessKeyId, secret, Bucket, ct);
        StackHome.Write(Path.Combine(home.Credentials, SecretName), new Dictionary<string, string>
        {
            ["access_key_id"] = AccessKeyId,
            ["secret_access_key"] = secret,
        });
        await ServersHome.GiveToServersAsync(home.Credentials, ct);
        return server.Address;
    }
}
