using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;
using OpsDb.Stores.Disk;

namespace OpsDb.DbTests.Jobs;

/// <summary>A telescope site with an instrument that writes files, and workers that can be killed.</summary>
public abstract class DataFixture : WorkFixture
{
    private protected KillSwitch Kill { get; } = new();

    protected DataLocation Raw { get; private set; } = null!;

    protected DataLocation Buffer { get; private set; } = null!;

    protected override TimeSpan Lease => TimeSpan.FromSeconds(0.5);

    protected override int Workers => 1;

    protected override void AddJobs(IServiceCollection services, string site)
    {
        base.AddJobs(services, site);
        services.AddDataFlow(new(100, TimeSpan.FromHours(1)), new(1, TimeSpan.Zero), new(TimeSpan.FromMilliseconds(1)), new(TimeSpan.Zero)).AddDiskStores();
        services.AddSingleton(Kill);
        Decorate<ICommands>(services, (commands, k) => new KilledCommands(commands, k));
        Decorate<IStoreKind>(services, (kind, k) => new KilledStores(kind, k));
        Decorate<IWorkClaims>(services, (claims, k) => new KilledClaims(claims, k));
    }

    [SetUp]
    public async Task MakeLocations()
    {
        Raw = await LocationAsync("raw", LocationType.Source);
        Buffer = await LocationAsync("output_buffer", LocationType.Buffer);
    }

    /// <summary>Writes files as an instrument does, and finalizes their package.</summary>
    protected async Task<Guid> WriteAsync(params (string Path, string Content)[] files)
    {
        var package = await RegisterAsync(files);
        await SubmitAsync(new FinalizePackage { Id = package });
        return package;
    }

    /// <summary>The same, but that more files may come.</summary>
    protected async Task<Guid> RegisterAsync(params (string Path, string Content)[] files)
    {
        var execution = await StartExecutionAsync();
        var registered = new List<DataFile>();
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(Raw.Path!, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content);
            var bytes = Encoding.UTF8.GetBytes(content);
            registered.Add(new(path, bytes.Length, SHA256.HashData(bytes)));
        }
        var data = await SubmitAsync(new RegisterData(1, Raw.Id, registered) { ExecutionId = execution.Id, Package = new() });
        return data.Package!.Value;
    }

    private static void Decorate<T>(IServiceCollection services, Func<T, KillSwitch, T> decorate) where T : class
    {
        var inner = services.Last(s => s.ServiceType == typeof(T));
        services.Replace(new ServiceDescriptor(typeof(T),
            p => decorate((T)ActivatorUtilities.CreateInstance(p, inner.ImplementationType!), p.GetRequiredService<KillSwitch>()), inner.Lifetime));
    }
}
