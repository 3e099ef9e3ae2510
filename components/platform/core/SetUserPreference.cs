using System.Text.Json;
using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>A user chooses something, instead of what they had chosen before.</summary>
[Kind("user_preferences.set")]
public sealed record SetUserPreference(JsonElement Value) : ICommand<UserPreference>
{
    [JsonIgnore]
    public string UserName { get; init; } = "";

    [JsonIgnore]
    public string Name { get; init; } = "";

    internal sealed class Handler(IReader<UserPreference, Guid> preferences) : ICommandHandler<SetUserPreference, UserPreference>
    {
        public async Task<Decision<UserPreference>> Decide(SetUserPreference command, CancellationToken ct)
        {
            var id = UserPreference.IdOf(command.UserName, command.Name);
            if (await preferences.FindAsync(id, ct) is { } before)
                return Decision.Update(before, before with { Value = command.Value });
            // The database holds it to the limit when several come at once.
            var others = await preferences.ListAsync(UserPreference.Of(command.UserName) with { Limit = 1, Count = true }, ct);
            if (others.Total >= UserPreference.MaxOfUser)
                throw new RefusalException(PlatformProblems.PreferencesFull, $"The user has {others.Total} preferences, of {UserPreference.MaxOfUser}.");
            return Decision.Create(new UserPreference { Id = id, UserName = command.UserName, Name = command.Name, Value = command.Value });
        }
    }
}
