using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.RawData;

/// <summary>Raw data packages are put together in a bundle that leaves their site.</summary>
/// <param name="OriginLocationId">The buffer in which they are.</param>
/// <param name="RawDataPackageIds">1 to 10,000 packages that are built and in no bundle.</param>
[Kind("data_transfer_packages.create")]
public sealed record BundlePackages(int OriginLocationId, IReadOnlyList<Guid> RawDataPackageIds) : ICommand<DataTransferPackage>
{
    internal sealed class Handler(IReader<RawDataPackage, Guid> packages, IReader<DataLocation, int> locations, TimeProvider time)
        : ICommandHandler<BundlePackages, DataTransferPackage>
    {
        private const int MaxPackages = 10_000;

        public async Task<Decision<DataTransferPackage>> Decide(BundlePackages command, CancellationToken ct)
        {
            var now = time.GetUtcNow();
            var origin = await locations.RequireAsync(command.OriginLocationId, "origin_location_id", ct);
            var members = await MembersAsync(command, origin, ct);
            var bundle = new DataTransferPackage
            {
                Id = Guid.CreateVersion7(now),
                OriginLocationId = command.OriginLocationId,
                PackageCount = members.Count,
                SizeBytes = Sizes.Sum(members.Select(p => p.SizeBytes ?? 0)),
                Since = now,
                NextStep = "bundling",
            };
            var changes = new Changes().Create(bundle);
            foreach (var package in members)
            {
                changes.Update(package, package with
                {
                    DataTransferPackageId = bundle.Id,
                    State = Whereabouts.Transferring,
                    Since = now,
                    Reason = null,
                    NextStep = "transfer",
                }, p => p.BuildStatus);
            }
            return new(changes, c => (DataTransferPackage)c.Stamped(bundle));
        }

        private async Task<IReadOnlyList<RawDataPackage>> MembersAsync(BundlePackages command, DataLocation origin, CancellationToken ct)
        {
            var asked = command.RawDataPackageIds;
            var (wrong, unknown, unfit) = (new FieldErrors(), new FieldErrors(), new FieldErrors());
            if (origin.LocationType != LocationType.Buffer)
                wrong.Add("origin_location_id", $"is a location of type {EnumText.Of(origin.LocationType)}; bundles are made in one of type buffer");
            if (asked.Count is 0 or > MaxPackages || asked.Distinct().Count() != asked.Count)
                wrong.Add("raw_data_package_ids", $"has 1 to {MaxPackages} packages, each once");
            wrong.ThrowIfAny(Problems.InvalidFields);
            var found = await packages.FindManyAsync(asked, ct);
            foreach (var (n, id) in asked.Index())
            {
                var at = $"raw_data_package_ids[{n}]";
                if (found.GetValueOrDefault(id) is not { } package)
                    unknown.Add(at, $"there is no raw data package {id}");
                else if (package.DataTransferPackageId is { } other)
                    unfit.Add(at, $"is in the data transfer package {other} already");
                else if (package.BuildStatus != WorkStatus.Completed)
                    unfit.Add(at, $"is not built: its build_status is {EnumText.Of(package.BuildStatus)}");
                else if (!RawDataPackage.StateTransitions.Allows(package.State, Whereabouts.Transferring))
                    unfit.Add(at, $"is {EnumText.Of(package.State)}");
            }
            unknown.ThrowIfAny(Problems.ReferenceUnknown);
            unfit.ThrowIfAny(Problems.StateConflict);
            return [.. asked.Select(id => found[id])];
        }
    }
}
