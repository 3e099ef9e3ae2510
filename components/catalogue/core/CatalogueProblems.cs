using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Catalogue;

/// <summary>What the loading of files is refused with.</summary>
public static class CatalogueProblems
{
    public static readonly Problem CatalogueInvalid = new("catalogue-invalid", Rule, "The catalogue has wrong rows",
        "Correct the rows named in the detail; nothing was loaded.");
}
