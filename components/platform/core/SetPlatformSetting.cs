using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Platform;

internal sealed class SetPlatformSettingHandler<T>(IReader<PlatformSetting, Guid> settings) : ICommandHandler<T, PlatformSetting> where T : ISettingFields
{
    public async Task<Decision<PlatformSetting>> Decide(T command, CancellationToken ct)
    {
        var row = new PlatformSetting { Id = PlatformSetting.IdOf(T.Setting), Name = T.Setting, Value = Json.ToElement(command) };
        return await settings.FindAsync(row.Id, ct) is { } before ? Decision.Update(before, before with { Value = row.Value }) : Decision.Create(row);
    }
}

public static class PlatformSettings
{
    /// <summary>Registers a setting; its rules are found with those of the component.</summary>
    public static IServiceCollection AddSetting<T>(this IServiceCollection services) where T : ISettingFields =>
        services.AddScoped<MediatR.IRequestHandler<T, Decision<PlatformSetting>>, SetPlatformSettingHandler<T>>();
}
