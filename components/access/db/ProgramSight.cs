using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Access.Db;

/// <summary>
/// Who sees what of programmes. Members and leads see and change what a programme has, readers see it, each by name or by a group; its
/// members and its own fields only leads change. When the proprietary period is over, everybody sees an execution, with its data, its obs
/// unit and its programme. In SQL, so that a list, a count and a sum are narrowed where they are made.
/// </summary>
internal sealed class ProgramSight : ISightRules
{
    private const string
        Any = "'lead', 'member', 'reader'",
        Writing = "'lead', 'member'",
        Leading = "'lead'";

    public string? Sql(Table table, SightPurpose purpose) => (table.Name, purpose) switch
    {
        ("observing_program", SightPurpose.Read) =>
            $"""
            (observing_program.id = any({Programs(Any)}) or exists (
              select from obs_unit unit join executed_obs_unit done on done.obs_unit_id = unit.id
              where unit.observing_program_id = observing_program.id and {Open("done", "observing_program")}))
            """,
        ("observing_program", _) => $"observing_program.id = any({Programs(Leading)})",
        ("program_member", _) => $"program_member.observing_program_id = any({Programs(purpose == SightPurpose.Read ? Any : Leading)})",
        ("obs_unit", SightPurpose.Read) =>
            $"""
            (obs_unit.observing_program_id = any({Programs(Any)}) or exists (
              select from executed_obs_unit done join observing_program program on program.id = obs_unit.observing_program_id
              where done.obs_unit_id = obs_unit.id and {Open("done", "program")}))
            """,
        ("obs_unit", _) => $"obs_unit.observing_program_id = any({Programs(Writing)})",
        // The first bound spares the look at their programmes to executions that are too young to be anybody's.
        ("executed_obs_unit", SightPurpose.Read) =>
            $"""
            (executed_obs_unit.obs_unit_id = any({Units(Any)}) or executed_obs_unit.end_time
               <= now() - make_interval(days => (select min(proprietary_days) from observing_program)) and exists (
              select from obs_unit unit join observing_program program on program.id = unit.observing_program_id
              where unit.id = executed_obs_unit.obs_unit_id and {Open("executed_obs_unit", "program")}))
            """,
        ("executed_obs_unit", _) => $"executed_obs_unit.obs_unit_id = any({Units(Writing)})",
        _ => null,
    };

    private static string Open(string execution, string program) => $"{execution}.end_time <= now() - make_interval(days => {program}.proprietary_days)";

    /// <summary>The programmes in which the user is one of these.</summary>
    private static string Programs(string roles) =>
        $"""
        array(select belonging.observing_program_id from program_member belonging where belonging.role in ({roles}) and belonging.user_name = @sight
              union all
              select belonging.observing_program_id from app_user who join group_member ingroup on ingroup.app_user_id = who.id
              join program_member belonging on belonging.user_group_id = ingroup.user_group_id
              where belonging.role in ({roles}) and who.name = @sight)
        """;

    private static string Units(string roles) => $"array(select unit.id from obs_unit unit where unit.observing_program_id = any({Programs(roles)}))";
}

public static class AccessDbRegistration
{
    /// <summary>Without it somebody who does not see all programmes sees nothing of any.</summary>
    public static IServiceCollection AddAccessDb(this IServiceCollection services) => services.AddSingleton<ISightRules, ProgramSight>();
}
