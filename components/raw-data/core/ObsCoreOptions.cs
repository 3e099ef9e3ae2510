using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>What the site says of itself to the Virtual Observatory.</summary>
/// <param name="Publisher">What the identifiers of its data sets begin with; empty when it has none.</param>
public sealed record ObsCoreOptions(string Publisher)
{
    public static ObsCoreOptions Read(Settings settings) => new(settings.Text("OBSCORE_PUBLISHER", "",
        "IVOA identifier of the archive, such as ivo://example.org/raw; with a question mark and a package's id it is the package's obs_publisher_did. "
        + "Unset: who describes a package gives that",
        text => text.Length == 0 || ObsCoreRules.Ivoid().IsMatch(text) && text.IndexOfAny(['?', '#']) < 0
            ? null
            : "is an IVOA identifier without ? and #, such as ivo://example.org/raw"));
}
