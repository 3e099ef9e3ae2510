using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Programs;

/// <summary>What somebody is in a programme.</summary>
public enum ProgramRole
{
    /// <summary>Answers for it.</summary>
    Lead,

    /// <summary>Works in it.</summary>
    Member,

    /// <summary>May read what it has.</summary>
    Reader,
}

/// <summary>Somebody who belongs to a programme: a user, or all members of a group.</summary>
public sealed record ProgramMember : Row<int>, IRow<ProgramMember>
{
    public static Table<ProgramMember> Table { get; } = new("program_member")
    {
        SeenWith = [],
        Audited = true,
        Deletable = true,
        Filters =
        [
            Field.OneOf((ProgramMember m) => m.ObservingProgramId, "of these programs"),
            Field.OneOf((ProgramMember m) => m.UserName, "who are these users"),
            Field.OneOf((ProgramMember m) => m.UserGroupId, "which are these groups"),
            Field.OneOf((ProgramMember m) => m.Role, "who are one of these"),
        ],
        Sorts = [Field.Sort((ProgramMember m) => m.UserName), Field.Sort((ProgramMember m) => m.ObservingProgramId)],
        References =
        [
            Field.Refers<ProgramMember, ObservingProgram, int>(m => m.ObservingProgramId),
            Field.Refers<ProgramMember, UserGroup, int>(m => m.UserGroupId),
        ],
        Patchable = ["role"],
    };

    /// <summary>The program.</summary>
    /// <example>3</example>
    public required int ObservingProgramId { get; init; }

    /// <summary>The user, as their tokens and rows name them; once in each programme. Null where it is a group.</summary>
    /// <example>observer</example>
    public string? UserName { get; init; }

    /// <summary>The group, all of whose members belong to the programme; once in each programme. Null where it is one user.</summary>
    public int? UserGroupId { get; init; }

    /// <summary>What they are in it.</summary>
    /// <example>member</example>
    public required ProgramRole Role { get; init; }
}

internal sealed class ProgramMemberRules : AbstractValidator<ProgramMember>
{
    public ProgramMemberRules()
    {
        RuleFor(m => m.UserName!).IsUserName().When(m => m.UserName is not null);
        RuleFor(m => m.UserName).Must((m, name) => name is null != m.UserGroupId is null).WithMessage("is given, or user_group_id is, and not both");
        RuleFor(m => m.Role).IsInEnum();
    }
}
