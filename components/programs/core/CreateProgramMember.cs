using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>Somebody joins a programme: a user or a group.</summary>
public sealed record CreateProgramMember(int ObservingProgramId, ProgramRole Role) : ICreate<ProgramMember>
{
    /// <summary>The user, as their tokens and rows name them; once in each programme. Given unless a group is.</summary>
    public string? UserName { get; init; }

    /// <summary>The group; once in each programme. Given unless a user is.</summary>
    public int? UserGroupId { get; init; }
}
