using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>A user gives up what they have chosen.</summary>
[Kind("user_preferences.delete")]
public sealed record DeleteUserPreference(string UserName, string Name) : ICommand<UserPreference>
{
    internal sealed class Handler(IReader<UserPreference, Guid> preferences) : ICommandHandler<DeleteUserPreference, UserPreference>
    {
        public async Task<Decision<UserPreference>> Decide(DeleteUserPreference command, CancellationToken ct) =>
            Decision.Delete(await preferences.FindAsync(UserPreference.IdOf(command.UserName, command.Name), ct)
                ?? throw new RefusalException(Problems.NotFound, $"There is no preference {command.Name} of this user."));
    }
}
