namespace OpsDb.Kernel;

/// <summary>What the standards of the IVOA call a column, for those who read it in a VOTable.</summary>
/// <param name="ucd">What kind of quantity it is (UCD1+).</param>
/// <param name="utype">Its place in a data model, with the model's prefix.</param>
/// <param name="unit">In the form of VOUnits; null for what has none.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VoFieldAttribute(string ucd, string utype, string? unit = null) : Attribute
{
    public string Ucd { get; } = ucd;

    public string Utype { get; } = utype;

    public string? Unit { get; } = unit;
}
