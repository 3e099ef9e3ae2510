using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Client;

/// <summary>A change of a row: a property that is null stays as it is, unless it is among those to clear.</summary>
public abstract class MergePatch
{
    /// <summary>The names in JSON of the fields to clear, such as <c>mean_pwv_mm</c>.</summary>
    [JsonIgnore]
    public ISet<string> Clear { get; } = new HashSet<string>();

    /// <summary>Writes null for what is to be cleared, and nothing for what is null otherwise.</summary>
    internal static void WriteCleared(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(MergePatch)))
            return;
        foreach (var property in type.Properties)
            property.ShouldSerialize = (patch, value) => value is not null || ((MergePatch)patch).Clear.Contains(property.Name);
    }
}

// A test knows when one is missing.
public partial class ApiTokenPatch : MergePatch;

public partial class ArchiveTransferPatch : MergePatch;

public partial class ConfigSchemaPatch : MergePatch;

public partial class DataLocationPatch : MergePatch;

public partial class DataTransferLogPatch : MergePatch;

public partial class DataTransferPackagePatch : MergePatch;

public partial class DataTransferPatch : MergePatch;

public partial class DataTransferRoutePatch : MergePatch;

public partial class ExecutionPatch : MergePatch;

public partial class HoldPatch : MergePatch;

public partial class InstrumentConfigurationPatch : MergePatch;

public partial class InstrumentModuleConfigurationPatch : MergePatch;

public partial class InstrumentModulePatch : MergePatch;

public partial class InstrumentPatch : MergePatch;

public partial class ObsCoreRecordPatch : MergePatch;

public partial class ObsModePatch : MergePatch;

public partial class ObsUnitModuleConfigurationPatch : MergePatch;

public partial class ObsUnitPatch : MergePatch;

public partial class ObservationConfigurationPatch : MergePatch;

public partial class ObservatoryPatch : MergePatch;

public partial class ObservingProgramPatch : MergePatch;

public partial class PhysicalCopyPatch : MergePatch;

public partial class PreScheduledSlotPatch : MergePatch;

public partial class ProgramMemberPatch : MergePatch;

public partial class RawDataFilePatch : MergePatch;

public partial class RawDataPackagePatch : MergePatch;

public partial class RolePatch : MergePatch;

public partial class SitePatch : MergePatch;

public partial class SourcePatch : MergePatch;

public partial class StagingJobPatch : MergePatch;

public partial class SubObservingProgramPatch : MergePatch;

public partial class TelescopePatch : MergePatch;

public partial class UserGroupPatch : MergePatch;

public partial class UserPatch : MergePatch;

public partial class WebhookPatch : MergePatch;

public partial class WorkItemPatch : MergePatch;
