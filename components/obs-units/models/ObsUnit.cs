using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A planned observation: what should be observed, how, with what and under which conditions.</summary>
public sealed record ObsUnit : Row, IRow<ObsUnit>
{
    public static Table<ObsUnit> Table { get; } = new("obs_unit");

    public required int Id { get; init; }
    protected override object GetKey() => Id;
}
