using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>What settings are of.</summary>
public enum ConfigKind
{
    /// <summary>A module of an instrument.</summary>
    Module,

    /// <summary>An observation.</summary>
    Observation,
}

/// <summary>
/// The form of the settings of one type in one version, as a JSON Schema: an instrument's own settings need no table of their own. It never
/// changes; a new form is a new version.
/// </summary>
public sealed record ConfigSchema : Row<int>, IRow<ConfigSchema>
{
    public static Table<ConfigSchema> Table { get; } = new("config_schema")
    {
        Noun = "configuration schema",
        Deletable = true,
        Filters =
        [
            Field.OneOf((ConfigSchema s) => s.Kind, "for settings of these"),
            Field.OneOf((ConfigSchema s) => s.Type, "of one of these types"),
            Field.OneOf((ConfigSchema s) => s.SchemaVersion, "of one of these versions"),
        ],
        Sorts = [Field.Sort((ConfigSchema s) => s.Type), Field.Sort((ConfigSchema s) => s.SchemaVersion)],
        Patchable = ["description"],
    };

    /// <summary>What the settings are of.</summary>
    /// <example>observation</example>
    public required ConfigKind Kind { get; init; }

    /// <summary>What the settings are called, mostly after their instrument.</summary>
    /// <example>chai_observation</example>
    public required string Type { get; init; }

    /// <summary>1 for the first form of a type, then upwards.</summary>
    /// <example>1</example>
    public required int SchemaVersion { get; init; }

    /// <summary>JSON Schema, draft 2020-12. References lead to its own <c>$defs</c>, and not in a circle.</summary>
    public required JsonElement Schema { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class ConfigSchemaRules : AbstractValidator<ConfigSchema>
{
    public ConfigSchemaRules(IJsonSchemas schemas)
    {
        RuleFor(s => s.Kind).IsInEnum();
        RuleFor(s => s.Type).IsName();
        RuleFor(s => s.SchemaVersion).GreaterThan(0).WithMessage("is a number from 1 on");
        RuleFor(s => s.Schema).Custom((schema, context) =>
        {
            if (schemas.Fault(schema) is { } fault)
                context.AddFailure(fault);
        });
        RuleFor(s => s.Description).IsText(10_000);
    }
}

/// <summary>A row with settings whose form a <see cref="ConfigSchema"/> says.</summary>
public interface IConfigured
{
    /// <summary>What the settings are of.</summary>
    static abstract ConfigKind Kind { get; }

    /// <summary>Says the form of the settings.</summary>
    int ConfigSchemaId { get; }

    /// <summary>An object that fits the schema.</summary>
    JsonElement Settings { get; }
}

/// <summary>Settings fit their schema.</summary>
public sealed class SettingsCheck<T>(IJsonSchemas forms) : IRowCheck<T> where T : Row, IRow<T>, IConfigured
{
    public async Task CheckAsync(IReadOnlyList<T> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct)
    {
        var found = await others.FindManyAsync<ConfigSchema, int>([.. rows.Select(r => r.ConfigSchemaId).Distinct()], ct);
        foreach (var (n, row) in rows.Index())
        {
            var schema = found[row.ConfigSchemaId];
            if (schema.Kind != T.Kind)
                wrong(n, "config_schema_id", $"is of {EnumText.Of(schema.Kind)} settings, and these are of {EnumText.Of(T.Kind)} settings");
            else if (row.Settings.ValueKind == JsonValueKind.Object)
                foreach (var (pointer, message) in forms.Misfits(schema.Schema, row.Settings))
                    wrong(n, "settings", $"{(pointer.Length == 0 ? "" : $"at {Excerpt.Of(pointer)}: ")}{Excerpt.Of(message)}");
        }
    }
}

/// <summary>What settings are whatever their schema says.</summary>
public static class SettingsRules
{
    private const int MaxLength = 64 * 1024;

    public static IRuleBuilderOptions<T, JsonElement> IsSettings<T>(this IRuleBuilder<T, JsonElement> rule) => rule
        .Must(s => s.ValueKind == JsonValueKind.Object && s.GetRawText().Length <= MaxLength).WithMessage($"is an object of at most {MaxLength} characters");
}
