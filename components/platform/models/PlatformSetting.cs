using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>What can be set for all sites.</summary>
public enum SettingName
{
    /// <summary>A sentence that surfaces show to everybody.</summary>
    Banner,

    /// <summary>Addresses of the surface that have moved.</summary>
    Redirects,

    /// <summary>Writes are refused while it is set.</summary>
    Maintenance,
}

/// <summary>What an administrator has set for all sites. What there is none of is not set.</summary>
public sealed record PlatformSetting : Row<Guid>, IRow<PlatformSetting>
{
    // Any one will do that stays the same.
    private static readonly Guid Space = new("01ad2a3e-1c00-7000-8000-000000000002");

    public static Table<PlatformSetting> Table { get; } = new("platform_setting")
    {
        Audited = true,
        Sorts = [Field.Sort((PlatformSetting s) => s.Name)],
        DefaultSort = "name",
    };

    /// <summary>What it is.</summary>
    public required SettingName Name { get; init; }

    /// <summary>Its fields, which are those that it was set with.</summary>
    /// <example>{"text": "The archive is read-only on Thursday.", "level": "info"}</example>
    public required JsonElement Value { get; init; }

    public static Guid IdOf(SettingName name) => DerivedId.Of(Space, EnumText.Of(name));
}

/// <summary>The fields of one setting, which are also the command that sets it.</summary>
public interface ISettingFields : ICommand<PlatformSetting>, IMarked
{
    static abstract SettingName Setting { get; }

    // While writes are refused, this ends it.
    KindAttribute IMarked.Mark => new("platform_settings.set") { PassesGates = true };
}
