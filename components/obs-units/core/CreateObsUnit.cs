using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.ObsUnits;

/// <summary>An observation is planned.</summary>
[Kind("obs_units.create")]
public sealed record CreateObsUnit(string Name, int ObservingProgramId, int SourceId, int ObsModeId, int InstrumentId, int Priority) : ICommand<ObsUnit>
{
    /// <summary>The spectral line; absent for continuum.</summary>
    public string? LineId { get; init; }

    public int? RequestedMinutes { get; init; }

    public double? MinElevationDeg { get; init; }

    public double? MaxElevationDeg { get; init; }

    /// <summary>Precipitable water vapour above which it should not be observed, mm.</summary>
    public double? MaxPwvMm { get; init; }

    /// <summary>Whether it may be scheduled.</summary>
    public bool Available { get; init; } = true;

    public string? Comment { get; init; }

    internal sealed class Handler(IObservingPrograms programs, ISources sources, IObsModes modes, IInstruments instruments, IIdentities identities)
        : ICommandHandler<CreateObsUnit, ObsUnit>
    {
        public async Task<Decision<ObsUnit>> Decide(CreateObsUnit command, CancellationToken ct)
        {
            await programs.RequireAsync(command.ObservingProgramId, "observing_program_id", ct);
            await sources.RequireAsync(command.SourceId, "source_id", ct);
            await modes.RequireAsync(command.ObsModeId, "obs_mode_id", ct);
            await instruments.RequireAsync(command.InstrumentId, "instrument_id", ct);
            return Decision.Create(new ObsUnit
            {
                Id = await identities.TakeAsync(ObsUnit.Table, ct),
                Name = command.Name,
                ObservingProgramId = command.ObservingProgramId,
                SourceId = command.SourceId,
                ObsModeId = command.ObsModeId,
                InstrumentId = command.InstrumentId,
                Priority = command.Priority,
                LineId = command.LineId,
                RequestedMinutes = command.RequestedMinutes,
                MinElevationDeg = command.MinElevationDeg,
                MaxElevationDeg = command.MaxElevationDeg,
                MaxPwvMm = command.MaxPwvMm,
                Available = command.Available,
                Comment = command.Comment,
            });
        }
    }
}
