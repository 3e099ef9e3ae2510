using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.RawData;

/// <summary>What the registration of data is refused with.</summary>
public static class RawDataProblems
{
    public static readonly Problem FileDiffers = new("file-differs", Conflict, "Another file is registered at this path",
        "Look which of the two contents is right: the errors show both. What was registered stays; a file that was written anew gets a new name.");

    public static readonly Problem PackageFinalized = new("package-finalized", Conflict, "No more files come into this package",
        "Register the files for the next part, or without a package.");
}
