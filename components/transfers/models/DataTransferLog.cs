using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Transfers;

/// <summary>What a worker wrote while it moved something: a reference to its log, and never the log.</summary>
public sealed record DataTransferLog : Row<Guid>, IRow<DataTransferLog>
{
    public static Table<DataTransferLog> Table { get; } = new("data_transfer_log")
    {
        SeenWith = [Field.With((DataTransferLog l) => l.LongTermArchiveTransferId, ArchiveTransfer.Table)],
        Filters =
        [
            Field.OneOf((DataTransferLog l) => l.DataTransferId, "of these data transfers"),
            Field.OneOf((DataTransferLog l) => l.LongTermArchiveTransferId, "of these archive transfers"),
            Field.OneOf((DataTransferLog l) => l.Status, "about a move into one of these states"),
            Field.From("written_from", (DataTransferLog l) => l.WrittenAt, "written at or after"),
            Field.Before("written_before", (DataTransferLog l) => l.WrittenAt, "written before"),
        ],
        Sorts = [Field.Sort((DataTransferLog l) => l.WrittenAt)],
        DefaultSort = "-id",
        Facts = [Field.Fact((DataTransferLog l) => l.WrittenAt)],
        Patchable = ["summary"],
    };

    /// <summary>Of this data transfer; null for one of an archive transfer.</summary>
    public Guid? DataTransferId { get; init; }

    /// <summary>Of this archive transfer; null for one of a data transfer.</summary>
    public Guid? LongTermArchiveTransferId { get; init; }

    /// <summary>Into which state the try led.</summary>
    /// <example>failed</example>
    public required WorkStatus Status { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>Where the log can be found.</summary>
    /// <example>valley:/var/log/transfers/2026/03/01/17.log</example>
    public required string LogReference { get; init; }

    /// <summary>The one line of it that says what happened.</summary>
    /// <example>connection reset after 3.1 TB</example>
    public string? Summary { get; init; }
}

internal sealed class DataTransferLogRules : AbstractValidator<DataTransferLog>
{
    public DataTransferLogRules()
    {
        RuleFor(l => l.LogReference).NotEmpty().WithMessage("says where the log is").IsText(1000);
        RuleFor(l => l.Summary).IsText(500);
        RuleFor(l => l.DataTransferId).Null().When(l => l.LongTermArchiveTransferId is not null)
            .WithMessage("is given, or long_term_archive_transfer_id is, not both");
        RuleFor(l => l.DataTransferId).NotNull().When(l => l.LongTermArchiveTransferId is null).WithMessage("is given, or long_term_archive_transfer_id is");
    }
}
