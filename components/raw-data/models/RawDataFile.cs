using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FluentValidation;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>How a checksum was computed.</summary>
public enum ChecksumAlgorithm { Sha256, Sha512, Md5 }

/// <summary>
/// A file as an instrument has written it. Its id follows from execution, location and path: whoever registers it, wherever and however
/// often, means the same row.
/// </summary>
public sealed record RawDataFile : Row<Guid>, IRow<RawDataFile>
{
    public static Table<RawDataFile> Table { get; } = new("raw_data_file")
    {
        SeenWith = [Field.With((RawDataFile f) => f.ExecutedObsUnitId, Execution.Table)],
        IsLarge = true,
        Creation = new CriticalAttribute("raw_data_files.create"),
        Change = new CriticalAttribute("raw_data_files.change") { Deferrable = true },
        Filters =
        [
            Field.OneOf((RawDataFile f) => f.ExecutedObsUnitId, "of these executions"),
            Field.OneOf((RawDataFile f) => f.RawDataPackageId, "in these packages"),
            Field.IsSet("packaged", (RawDataFile f) => f.RawDataPackageId, "that are in a package, or with false those that are in none"),
            Field.OneOf((RawDataFile f) => f.InstrumentModuleId, "of these modules"),
            Field.OneOf((RawDataFile f) => f.SourceLocationId, "written to these locations"),
            Field.OneOf((RawDataFile f) => f.RelativePath, "with one of these paths"),
            Field.Prefix("path_prefix", (RawDataFile f) => f.RelativePath, "whose path begins with this"),
            Field.OneOf((RawDataFile f) => f.Checksum, "with one of these checksums"),
            Field.OneOf((RawDataFile f) => f.FileType, "of one of these types"),
            Field.From("recorded_from", (RawDataFile f) => f.RecordedAt, "recorded at or after"),
            Field.Before("recorded_before", (RawDataFile f) => f.RecordedAt, "recorded before"),
        ],
        Sorts = [Field.Sort((RawDataFile f) => f.RecordedAt), Field.Sort((RawDataFile f) => f.RelativePath), Field.Sort((RawDataFile f) => f.SizeBytes)],
        Facts = [Field.Fact((RawDataFile f) => f.RecordedAt)],
        Patchable = ["file_type"],
    };

    /// <summary>The execution that it is from.</summary>
    public required Guid ExecutedObsUnitId { get; init; }

    /// <summary>The module that made it.</summary>
    /// <example>1</example>
    public required int InstrumentModuleId { get; init; }

    /// <summary>Where the instrument has written it.</summary>
    /// <example>1</example>
    public required int SourceLocationId { get; init; }

    /// <summary>Below the location: parts with slashes between, UTF-8 in normal form C, at most 1,024 bytes.</summary>
    /// <example>2026/03/01/scan-0007.fits</example>
    public required string RelativePath { get; init; }

    /// <summary>Bytes.</summary>
    /// <example>104857600</example>
    public required long SizeBytes { get; init; }

    /// <summary>Of the content, lower-case hexadecimal digits.</summary>
    /// <example>ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</example>
    public required byte[] Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    /// <summary>What it is, in the words of the instrument.</summary>
    /// <example>science</example>
    public string? FileType { get; init; }

    /// <summary>The package that it belongs to; null until it is in one.</summary>
    public Guid? RawDataPackageId { get; init; }

    /// <summary>When the instrument had written it, UTC.</summary>
    /// <example>2026-03-01T02:15:00Z</example>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The id of the file: a UUIDv7 with the time of the execution's, and in place of random bits a digest of what the file is.</summary>
    public static Guid IdOf(Guid execution, int location, string path) =>
        DerivedId.Of(execution, string.Create(CultureInfo.InvariantCulture, $"file\n{location}\n{path}"));

    /// <summary>Whether the content is the same, as far as two registrations can tell.</summary>
    public bool IsSameContent(RawDataFile other) =>
        SizeBytes == other.SizeBytes && ChecksumAlgorithm == other.ChecksumAlgorithm && Checksum.AsSpan().SequenceEqual(other.Checksum);
}

internal sealed class RawDataFileRules : AbstractValidator<RawDataFile>
{
    private const int MaxPathBytes = 1024;

    public RawDataFileRules()
    {
        RuleFor(f => f.RelativePath).Custom((path, context) =>
        {
            if (Fault(path) is { } fault)
                context.AddFailure(fault);
        });
        RuleFor(f => f.SizeBytes).InclusiveBetween(0, Sizes.Max).WithMessage("is in bytes, 0 to 2^53 - 1");
        RuleFor(f => f.ChecksumAlgorithm).IsInEnum();
        RuleFor(f => f.Checksum).Must((f, c) => c.Length == Checksums.Length(f.ChecksumAlgorithm)).WithMessage(f => Checksums.Form(f.ChecksumAlgorithm));
        RuleFor(f => f.FileType).IsName();
    }

    /// <summary>What would lead elsewhere, or be another path on another machine.</summary>
    private static string? Fault(string path) => path switch
    {
        "" => "is not empty",
        _ when path[0] == '/' => "is below the location, and does not begin with a slash",
        _ when path.Split('/') is var parts && (parts.Contains("..") || parts.Contains(".") || parts.Contains("")) =>
            "has no part that is empty, . or ..",
        _ when Encoding.UTF8.GetByteCount(path) > MaxPathBytes => $"has at most {MaxPathBytes} bytes in UTF-8",
        _ when UnicodeText.FirstInvisible(path) is { } invisible => $"has the character {invisible}, which cannot be seen or has no meaning that all agree on",
        _ when !UnicodeText.IsNormalized(path) => "is not in Unicode's normal form C (NFC), in which a path that looks the same is the same",
        _ => null,
    };
}

/// <summary>Sizes of data, bytes.</summary>
public static class Sizes
{
    /// <summary>Whole numbers up to here are the same in every client's language.</summary>
    public const long Max = (1L << 53) - 1;

    /// <exception cref="RefusalException">state-conflict: together they are more than can be.</exception>
    public static long Sum(IEnumerable<long> sizes) => sizes.Aggregate(0L, (sum, size) => sum + size <= Max ? sum + size
        : throw new RefusalException(Problems.StateConflict,
            "The sizes together are above 2^53 - 1 bytes: some of them are wrong, or it has to be done in parts."));
}

/// <summary>The forms of checksums.</summary>
public static class Checksums
{
    /// <summary>Bytes.</summary>
    public static int Length(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Sha256 => SHA256.HashSizeInBytes,
        ChecksumAlgorithm.Sha512 => SHA512.HashSizeInBytes,
        _ => MD5.HashSizeInBytes,
    };

    /// <summary>What a refusal says of the form.</summary>
    public static string Form(ChecksumAlgorithm algorithm) => $"has {2 * Length(algorithm)} hexadecimal digits for {EnumText.Of(algorithm)}";
}
