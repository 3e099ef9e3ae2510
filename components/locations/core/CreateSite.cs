using OpsDb.Kernel;

namespace OpsDb.Locations;

/// <summary>A site is made known.</summary>
public sealed record CreateSite(string Name, string ShortName) : ICreate<Site>
{
    public string? Place { get; init; }
}
