using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>Somebody joins a programme.</summary>
/// <param name="UserName">The user, as their tokens and rows name them; once in each programme.</param>
public sealed record CreateProgramMember(int ObservingProgramId, string UserName, ProgramRole Role) : ICreate<ProgramMember>;
