using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>Sources were imported.</summary>
/// <param name="Created">How many are new.</param>
/// <param name="Unchanged">How many lines name one that is known with the same place and velocity.</param>
/// <param name="Ids">Of those that are new, in the order of the list.</param>
public sealed record SourcesImported(int Created, int Unchanged, IReadOnlyList<int> Ids);

/// <summary>A list of sources is made known: all of them or none.</summary>
/// <param name="List">As <see cref="KosmaList"/> reads it.</param>
[Kind("sources.import")]
public sealed record ImportSources(string List) : ICommand<SourcesImported>
{
    internal const int MaxSources = 10_000;

    internal sealed class Handler(IReader<Source, int> sources, RowValidation rules, IIdentities identities) : ICommandHandler<ImportSources, SourcesImported>
    {
        /// <summary>4 mas: so little is lost in writing a list.</summary>
        private const double SameDeg = 1e-6;

        public async Task<Decision<SourcesImported>> Decide(ImportSources command, CancellationToken ct)
        {
            var errors = new FieldErrors();
            var listed = KosmaList.Read(command.List, errors);
            if (listed.Count > MaxSources || listed.Count == 0 && !errors.Any)
                errors.Add("list", $"has 1 to {MaxSources} sources, not {listed.Count}");
            errors.ThrowIfAny(SourceProblems.ListInvalid);
            rules.Check(Source.Table, [.. listed.Select(l => l.Source)], n => $"{KosmaList.Line(listed[n].Number)}.");

            var known = await KnownAsync(listed, ct);
            var lines = new Dictionary<string, int>();
            var created = new List<Source>();
            foreach (var (number, source) in listed)
            {
                if (!lines.TryAdd(source.Name, number))
                    errors.Add(KosmaList.Line(number), $"names '{source.Name}', which is on line {lines[source.Name]} already");
                else if (!known.TryGetValue(source.Name, out var before))
                    created.Add(source);
                else if (!IsSame(before, source))
                    errors.Add(KosmaList.Line(number), $"names '{source.Name}', which is known with another place or velocity: change that, or leave it out");
            }
            errors.ThrowIfAny(SourceProblems.ListInvalid);
            // Last, so that what is refused takes no keys.
            var ids = created.Count == 0 ? [] : await identities.TakeAsync(Source.Table, created.Count, ct);
            var changes = new Changes();
            foreach (var (source, id) in created.Zip(ids))
                changes.CreateOneOfMany(source with { Id = id });
            return new(changes, _ => new(ids.Count, listed.Count - ids.Count, ids));
        }

        private async Task<Dictionary<string, Source>> KnownAsync(IReadOnlyList<ListedSource> listed, CancellationToken ct)
        {
            var query = ListQuery<Source>.Everything.WhereOneOf("name", [.. listed.Select(l => l.Source.Name).Distinct()]);
            return (await sources.ListAsync(query, ct)).Items.ToDictionary(s => s.Name);
        }

        private static bool IsSame(Source a, Source b)
        {
            if (a is not { RaDeg: { } ra, DecDeg: { } dec } || a.VLsrKmS != b.VLsrKmS || a.VHelioKmS != b.VHelioKmS)
                return false;
            var east = Math.Abs(Math.IEEERemainder(ra - b.RaDeg!.Value, 360)) * Math.Cos(dec * Math.PI / 180);
            return east < SameDeg && Math.Abs(dec - b.DecDeg!.Value) < SameDeg;
        }
    }
}
