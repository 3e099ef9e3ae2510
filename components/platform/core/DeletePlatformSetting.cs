using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>Something is no longer set; with maintenance, writes are taken again.</summary>
[Kind("platform_settings.delete", PassesGates = true)]
public sealed record DeletePlatformSetting(SettingName Name) : ICommand<PlatformSetting>
{
    internal sealed class Handler(IReader<PlatformSetting, Guid> settings) : ICommandHandler<DeletePlatformSetting, PlatformSetting>
    {
        public async Task<Decision<PlatformSetting>> Decide(DeletePlatformSetting command, CancellationToken ct) =>
            Decision.Delete(await settings.FindAsync(PlatformSetting.IdOf(command.Name), ct)
                ?? throw new RefusalException(Problems.NotFound, $"The setting {EnumText.Of(command.Name)} is not set."));
    }
}
