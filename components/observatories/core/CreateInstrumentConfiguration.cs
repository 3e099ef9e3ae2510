using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A module was set up. Must never be lost.</summary>
/// <param name="SetAt">From when on, UTC.</param>
public sealed record CreateInstrumentConfiguration(int InstrumentModuleId, DateTimeOffset SetAt) : ICreate<InstrumentConfiguration>
{
    /// <summary>A UUIDv7 made by the client, so that it knows the id whatever happens to the answer; made here when absent.</summary>
    public Guid? Id { get; init; }

    /// <summary>The way in which it was set up, one of the module's.</summary>
    public int? InstrumentModuleConfigurationId { get; init; }

    /// <summary>What was set, at most 64 KiB; beside a known way what differs from it.</summary>
    public JsonElement? Settings { get; init; }

    public string? Comment { get; init; }

    internal sealed class Validator : AbstractValidator<CreateInstrumentConfiguration>
    {
        public Validator() => RuleFor(c => c.Id).IsClientId();
    }
}
