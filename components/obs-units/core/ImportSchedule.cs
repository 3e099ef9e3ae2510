using System.Globalization;
using System.Text.Json.Serialization;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

/// <summary>A schedule was imported.</summary>
/// <param name="Created">How many slots are new.</param>
/// <param name="Unchanged">How many lines name a slot that is there already.</param>
/// <param name="Skipped">How many lines plan nothing for an obs unit: the telescope slews, or idles.</param>
public sealed record ScheduleImported(int Created, int Unchanged, int Skipped);

/// <summary>The times of a telescope are reserved as a schedule file says: all of it or nothing.</summary>
/// <param name="Schedule">CSV with a header line.</param>
[Kind("pre_scheduled_slots.import")]
public sealed record ImportSchedule(string Schedule) : ICommand<ScheduleImported>
{
    private const int MaxLines = 10_000;

    /// <summary>The columns of the files that FYST's scheduler writes. The name is that of an obs unit.</summary>
    private static readonly TextLayout Layout = new("schedule", ["start_time", "stop_time", "name", "block_type"])
    {
        Optional =
        [
            "azmin", "azmax", "el", "scan_index", "subscan_index", "boresight_angle", "ra_center", "dec_center", "width", "height", "velocity",
            "scan_params_json", "scan_type", "rising", "az_final", "block_meta_json",
        ],
    };

    [JsonIgnore]
    public int TelescopeId { get; init; }

    internal sealed class Handler(
        ITextTables texts, IReader<Telescope, int> telescopes, IReader<Instrument, int> instruments, IReader<ObsUnit, int> units,
        IReader<PreScheduledSlot, int> slots, RowValidation rules, IIdentities identities) : ICommandHandler<ImportSchedule, ScheduleImported>
    {
        public async Task<Decision<ScheduleImported>> Decide(ImportSchedule command, CancellationToken ct)
        {
            await telescopes.RequireAsync(command.TelescopeId, "telescope_id", ct);
            var errors = new FieldErrors();
            var table = texts.Read(command.Schedule, Layout);
            foreach (var mistake in table.Mistakes)
                errors.Add(mistake.Line is { } line ? Line(line) : "schedule", $"{(mistake.Column is { } c ? $"{c} " : "")}{mistake.Reason}");
            if (table.Readable && table.Rows.Count is 0 or > MaxLines)
                errors.Add("schedule", $"has 1 to {MaxLines} lines, not {table.Rows.Count}");
            errors.ThrowIfAny(Problems.InvalidFields);

            var planned = table.Rows.Where(r => IsPlanned(r, errors)).ToList();
            var named = await UnitsAsync(planned, command.TelescopeId, errors, ct);
            var wanted = planned.Select(r => (r.Line, Slot: SlotOf(r, named.GetValueOrDefault(r.Values["name"]), command.TelescopeId, errors))).ToList();
            errors.ThrowIfAny(Problems.InvalidFields);
            rules.Check(PreScheduledSlot.Table, [.. wanted.Select(w => w.Slot)], n => $"{Line(wanted[n].Line)}.");

            var known = await KnownAsync(wanted.ConvertAll(w => w.Slot), command.TelescopeId, ct);
            var created = wanted.Where(w => known.Add(KeyOf(w.Slot))).Select(w => w.Slot).ToList();
            // Last, so that what is refused takes no keys.
            var ids = created.Count == 0 ? [] : await identities.TakeAsync(PreScheduledSlot.Table, created.Count, ct);
            var changes = new Changes();
            foreach (var (slot, id) in created.Zip(ids))
                changes.CreateOneOfMany(slot with { Id = id });
            return new(changes, _ => new(created.Count, wanted.Count - created.Count, table.Rows.Count - wanted.Count));
        }

        private static bool IsPlanned(TextRow row, FieldErrors errors)
        {
            switch (row.Values["block_type"])
            {
                case "science" or "calibration":
                    return true;
                case "slew" or "idle":
                    return false;
                case var other:
                    errors.Add(Line(row.Line), $"block_type is science, calibration, slew or idle, not '{Excerpt.Of(other)}'");
                    return false;
            }
        }

        private async Task<Dictionary<string, int>> UnitsAsync(List<TextRow> rows, int telescope, FieldErrors errors, CancellationToken ct)
        {
            var names = rows.Select(r => r.Values["name"]).Distinct().ToList();
            var found = names.Count == 0 ? []
                : (await units.ListAsync(ListQuery<ObsUnit>.Everything.WhereOneOf("name", [.. names]), ct)).Items.ToDictionary(u => u.Name);
            var of = await instruments.FindManyAsync([.. found.Values.Select(u => u.InstrumentId).Distinct()], ct);
            foreach (var row in rows)
            {
                if (!found.TryGetValue(row.Values["name"], out var unit))
                    errors.Add(Line(row.Line), $"names the obs unit '{Excerpt.Of(row.Values["name"])}', and there is none of that name");
                else if (of[unit.InstrumentId].TelescopeId != telescope)
                    errors.Add(Line(row.Line), $"names '{unit.Name}', which is observed with the telescope {of[unit.InstrumentId].TelescopeId}");
            }
            return found.ToDictionary(f => f.Key, f => f.Value.Id);
        }

        private static PreScheduledSlot SlotOf(TextRow row, int unit, int telescope, FieldErrors errors) => new()
        {
            Id = 0,
            ObsUnitId = unit,
            TelescopeId = telescope,
            StartTime = At(row, "start_time", errors),
            EndTime = At(row, "stop_time", errors),
            Comment = row.Values.GetValueOrDefault("scan_type") is { Length: > 0 } scan ? scan : null,
        };

        /// <summary>An instant as everywhere, or as astronomers write it, in UTC.</summary>
        private static DateTimeOffset At(TextRow row, string column, FieldErrors errors)
        {
            var text = row.Values[column];
            if (Instant.TryParse(text, out var at) || DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF",
                "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at))
                return at;
            errors.Add(Line(row.Line), $"{column} is an instant in UTC, such as 2026-03-01 02:15:00, not '{Excerpt.Of(text)}'");
            return default;
        }

        private async Task<HashSet<(int, DateTimeOffset, DateTimeOffset)>> KnownAsync(List<PreScheduledSlot> wanted, int telescope, CancellationToken ct)
        {
            if (wanted.Count == 0)
                return [];
            var there = await slots.ListAsync(ListQuery<PreScheduledSlot>.Everything.Where("telescope_id", telescope)
                .Where("starts_from", wanted.Min(w => w.StartTime)).Where("starts_before", wanted.Max(w => w.EndTime)), ct);
            return [.. there.Items.Select(KeyOf)];
        }

        private static (int, DateTimeOffset, DateTimeOffset) KeyOf(PreScheduledSlot slot) => (slot.ObsUnitId, slot.StartTime, slot.EndTime);

        private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");
    }
}
