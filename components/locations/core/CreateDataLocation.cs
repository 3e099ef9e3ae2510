using OpsDb.Kernel;

namespace OpsDb.Locations;

/// <summary>A place for bytes is made known.</summary>
public sealed record CreateDataLocation(int SiteId, string Name, LocationType LocationType, StorageType StorageType) : ICreate<DataLocation>
{
    /// <summary>Of several for the same purpose at a site the one with the lowest number is used first.</summary>
    public int Priority { get; init; } = 100;

    /// <summary>Whether it is in use.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Of a disk.</summary>
    public string? Host { get; init; }

    /// <summary>Of a disk, which needs it: the directory, absolute.</summary>
    public string? Path { get; init; }

    /// <summary>Of S3, which needs it.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Of S3.</summary>
    public string? Region { get; init; }

    /// <summary>Of S3, which needs it.</summary>
    public string? BucketName { get; init; }

    /// <summary>Of S3.</summary>
    public string? Prefix { get; init; }

    /// <summary>Of tape, which needs it.</summary>
    public string? TapeLibrary { get; init; }

    /// <summary>Of tape.</summary>
    public string? TapePool { get; init; }

    /// <summary>Bytes.</summary>
    public long? CapacityBytes { get; init; }

    /// <summary>Of the capacity, percent.</summary>
    public int? WarnPercent { get; init; }

    /// <summary>Of the capacity, percent.</summary>
    public int? CriticalPercent { get; init; }

    /// <summary>How many verified copies at different sites' long-term archives must exist before a copy here may be deleted.</summary>
    public int MinArchiveCopies { get; init; } = DataLocation.DefaultArchiveCopies;

    /// <summary>Of a location for processing: how much one user may have staged there at once, bytes.</summary>
    public long? StagingQuotaBytes { get; init; }

    /// <summary>The name of the secret with which it is opened, never the secret.</summary>
    public string? SecretName { get; init; }

    public string? Comment { get; init; }
}
