using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Locations;

/// <summary>What a data location is for.</summary>
public enum LocationType
{
    /// <summary>Where an instrument writes.</summary>
    Source,

    /// <summary>Where data wait to be moved on, at the telescope or at a data centre.</summary>
    Buffer,

    /// <summary>Where data stay for ever.</summary>
    LongTermArchive,

    /// <summary>Where data are unpacked and worked on for a time.</summary>
    Processing,
}

/// <summary>How a data location keeps bytes.</summary>
public enum StorageType { Disk, S3, Tape }

/// <summary>A place in which bytes can be: a directory, a bucket, a pool of tapes.</summary>
public sealed record DataLocation : Row<int>, IRow<DataLocation>
{
    public static Table<DataLocation> Table { get; } = new("data_location")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((DataLocation l) => l.SiteId, "at these sites"),
            Field.OneOf((DataLocation l) => l.Name, "with one of these names"),
            Field.OneOf((DataLocation l) => l.LocationType, "for one of these purposes"),
            Field.OneOf((DataLocation l) => l.StorageType, "of one of these kinds of storage"),
            Field.OneOf((DataLocation l) => l.Active, "in use or not"),
        ],
        Sorts = [Field.Sort((DataLocation l) => l.Name), Field.Sort((DataLocation l) => l.SiteId), Field.Sort((DataLocation l) => l.Priority)],
        References = [Field.Refers<DataLocation, Site, int>(l => l.SiteId)],
        Patchable =
        [
            "priority", "active", "host", "path", "endpoint_url", "region", "bucket_name", "prefix", "tape_library", "tape_pool", "capacity_bytes",
            "warn_percent", "critical_percent", "min_archive_copies", "staging_quota_bytes", "secret_name", "comment",
        ],
    };

    /// <summary>What <see cref="MinArchiveCopies"/> is when nobody has said.</summary>
    public const int DefaultArchiveCopies = 2;

    /// <summary>The site that it is at.</summary>
    /// <example>1</example>
    public required int SiteId { get; init; }

    /// <summary>Unique at the site; a part of the names of work queues, so it never changes.</summary>
    /// <example>output_buffer</example>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    /// <example>buffer</example>
    public required LocationType LocationType { get; init; }

    /// <summary>How it keeps bytes.</summary>
    /// <example>disk</example>
    public required StorageType StorageType { get; init; }

    /// <summary>Of several for the same purpose at a site the one with the lowest number is used first.</summary>
    /// <example>10</example>
    public required int Priority { get; init; }

    /// <summary>In use; nothing new is put into one that is not.</summary>
    /// <example>true</example>
    public required bool Active { get; init; }

    /// <summary>Of a disk: the machine that has it; null for the one that the worker runs on.</summary>
    /// <example>buffer-1.example.org</example>
    public string? Host { get; init; }

    /// <summary>Of a disk: the directory, absolute.</summary>
    /// <example>/data/output</example>
    public string? Path { get; init; }

    /// <summary>Of S3: the address of the service.</summary>
    /// <example>https://s3.example.org</example>
    public string? EndpointUrl { get; init; }

    /// <summary>Of S3: the region, where the service has some.</summary>
    public string? Region { get; init; }

    /// <summary>Of S3: the bucket.</summary>
    /// <example>raw-data</example>
    public string? BucketName { get; init; }

    /// <summary>Of S3: what the keys of all objects begin with.</summary>
    public string? Prefix { get; init; }

    /// <summary>Of tape: the library.</summary>
    public string? TapeLibrary { get; init; }

    /// <summary>Of tape: the pool of tapes.</summary>
    public string? TapePool { get; init; }

    /// <summary>How much it holds, bytes; null when nobody has said.</summary>
    /// <example>40000000000000</example>
    public long? CapacityBytes { get; init; }

    /// <summary>From this share of the capacity on operators are warned, percent.</summary>
    /// <example>80</example>
    public int? WarnPercent { get; init; }

    /// <summary>From this share of the capacity on nothing more is put into it, percent.</summary>
    /// <example>95</example>
    public int? CriticalPercent { get; init; }

    /// <summary>
    /// How many verified copies at different sites' long-term archives must exist before a copy here may be deleted; of locations for other
    /// purposes than source and buffer nothing is asked.
    /// </summary>
    /// <example>2</example>
    public int MinArchiveCopies { get; init; } = DefaultArchiveCopies;

    /// <summary>Of a location for processing: how much one user may have staged there at once, bytes; null for as much as it holds.</summary>
    /// <example>2000000000000</example>
    public long? StagingQuotaBytes { get; init; }

    /// <summary>The name of the secret with which it is opened. The secret itself is kept elsewhere.</summary>
    /// <example>valley-archive</example>
    public string? SecretName { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }
}

internal sealed class DataLocationRules : AbstractValidator<DataLocation>
{
    public DataLocationRules()
    {
        RuleFor(l => l.Name).Matches("^[a-z][a-z0-9_]{0,62}$").WithMessage("has 1 to 63 lower-case letters, digits and underscores, a letter first");
        RuleFor(l => l.LocationType).IsInEnum();
        RuleFor(l => l.StorageType).IsInEnum();
        RuleFor(l => l.Priority).InclusiveBetween(0, 1000).WithMessage("is 0 to 1000, the lower the sooner");
        Belongs(l => l.Host, StorageType.Disk);
        Belongs(l => l.Path, StorageType.Disk, isNeeded: true);
        Belongs(l => l.EndpointUrl, StorageType.S3, isNeeded: true);
        Belongs(l => l.Region, StorageType.S3);
        Belongs(l => l.BucketName, StorageType.S3, isNeeded: true);
        Belongs(l => l.Prefix, StorageType.S3);
        Belongs(l => l.TapeLibrary, StorageType.Tape, isNeeded: true);
        Belongs(l => l.TapePool, StorageType.Tape);
        RuleFor(l => l.Path).Must(p => p is null || p.StartsWith('/') && !p.Split('/').Contains("..")).WithMessage("is an absolute directory without ..");
        RuleFor(l => l.EndpointUrl).Must(IsAddress).WithMessage("is an address like https://s3.example.org, without a user or a password");
        RuleFor(l => l.CapacityBytes).GreaterThan(0).WithMessage("is in bytes, above 0");
        RuleFor(l => l.WarnPercent).InclusiveBetween(1, 100).WithMessage("is a percentage, 1 to 100");
        RuleFor(l => l.CriticalPercent).InclusiveBetween(1, 100).WithMessage("is a percentage, 1 to 100");
        RuleFor(l => l.CriticalPercent).GreaterThanOrEqualTo(l => l.WarnPercent).When(l => l.WarnPercent is not null)
            .WithMessage(l => FormattableString.Invariant($"is a percentage, at least warn_percent, {l.WarnPercent}"));
        RuleFor(l => l.MinArchiveCopies).InclusiveBetween(1, 10).WithMessage("is 1 to 10");
        RuleFor(l => l.StagingQuotaBytes).GreaterThan(0).WithMessage("is in bytes, above 0");
        RuleFor(l => l.StagingQuotaBytes).Null().When(l => l.LocationType != LocationType.Processing).WithMessage("is for locations of type processing");
        RuleFor(l => l.SecretName).Must(s => s is null || SecretNames.IsOne(s)).WithMessage($"is the name of a secret: it {SecretNames.Form}");
        RuleFor(l => l.Comment).IsText(10_000);
    }

    private void Belongs(System.Linq.Expressions.Expression<Func<DataLocation, string?>> field, StorageType kind, bool isNeeded = false)
    {
        RuleFor(field).IsName();
        RuleFor(field).Null().When(l => l.StorageType != kind).WithMessage($"is for locations of storage_type {EnumText.Of(kind)}");
        if (isNeeded)
            RuleFor(field).NotNull().When(l => l.StorageType == kind).WithMessage($"is needed for a location of storage_type {EnumText.Of(kind)}");
    }

    private static bool IsAddress(string? text) => text is null
        || Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", UserInfo: "" };
}
