using System.Text;
using System.Text.Json;
using OpsDb.Catalogue;
using OpsDb.Csv;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Catalogue;

internal sealed partial class LoadCatalogueTests : IDisposable
{
    private static readonly Dictionary<string, string> Small = new()
    {
        ["observatories.csv"] = "name,description\nHigh,\n",
        ["telescopes.csv"] = "observatory,name,longitude_deg,latitude_deg,altitude_m\nHigh,Dish,-67.7,-23,5600\n",
        ["instruments.csv"] = "telescope,name,instrument_type,available,description\nDish,Array,,true,\nDish,Camera,,true,\n",
        ["instrument_modules.csv"] = "instrument,name,pixels,frequency_min_ghz,frequency_max_ghz,available\nArray,A,64,455,495,true\nCamera,A,,,,false\n",
        ["programs.csv"] = "short_name,name,kind,lead,allocated_hours,description\nP1,Programme one,science,,12.5,\n",
        ["sources.csv"] = "name,type,ra_deg,dec_deg,v_lsr_km_s,naif_id,catalogue,comment\nStar,fixed,10,-20,,,,\nMars,solar_system,,,,499,NAIF,\n",
        ["obs_modes.csv"] = "name,description\nmap,\n",
        ["obs_units.csv"] = $"{UnitHeader}U1,P1,Star,map,Array,CO43,50,30,30,80,1.0,true,\n",
    };

    private const string UnitHeader =
        "name,program,source,obs_mode,instrument,line_id,priority,requested_minutes,"
        + "min_elevation_deg,max_elevation_deg,max_pwv_mm,available,comment\n";

    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public async Task What_the_files_do_not_say_stays_as_it_is()
    {
        await app.SubmitAsync(Samples());
        var unit = app.Database.Of<ObsUnit>().First();
        await app.SubmitAsync(new SetAvailability<ObsUnit>(false) { Id = unit.Id, Reason = "done" });
        await app.SubmitAsync(new Change<ObsUnit, int>(unit.Id, new(JsonElement.Parse("""{"min_hour_angle_h": -2}"""))), "*");
        await app.SubmitAsync(Samples());
        var after = app.Database.Of<ObsUnit>().First(u => u.Id == unit.Id);
        Assert.That((after.Available, after.UnavailableReason, after.MinHourAngleH, after.Version), Is.EqualTo((false, "done", -2.0, 3)));
    }

    [Test]
    public async Task The_samples_load()
    {
        var loaded = await app.SubmitAsync(Samples());
        Assert.That(string.Join(", ", loaded.Tables.Select(t => $"{t.Key} {t.Value.Created}")), Is.EqualTo(
            "observatory 1, telescope 1, instrument 2, instrument_module 4, observing_program 3, program_member 2, source 100, obs_mode 8, obs_unit 76"));
        Assert.That(app.Database.Transactions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Loading_the_samples_twice_changes_nothing()
    {
        await app.SubmitAsync(Samples());
        var keys = app.Database.TakenKeys;
        var again = await app.SubmitAsync(Samples());
        Assert.That(again.Tables.Values.Sum(c => c.Created + c.Updated), Is.Zero);
        Assert.That(again.Tables["source"].Unchanged, Is.EqualTo(100));
        Assert.That(app.Database.Transactions, Has.Count.EqualTo(1));
        Assert.That(app.Database.TakenKeys, Is.EqualTo(keys));
    }

    [Test]
    public async Task References_lead_to_the_rows_that_they_name()
    {
        await app.SubmitAsync(Load());
        var unit = app.Database.Of<ObsUnit>().Single();
        Assert.That(unit.SourceId, Is.EqualTo(app.Database.Of<Source>().Single(s => s.Name == "Star").Id));
        Assert.That(unit.ObservingProgramId, Is.EqualTo(app.Database.Of<ObservingProgram>().Single().Id));
        Assert.That(unit.InstrumentId, Is.EqualTo(app.Database.Of<Instrument>().Single(i => i.Name == "Array").Id));
        Assert.That(app.Database.Of<InstrumentModule>().Select(m => m.InstrumentId), Is.Unique);
    }

    [Test]
    public async Task Only_what_differs_is_updated()
    {
        await app.SubmitAsync(Load());
        var loaded = await app.SubmitAsync(Load(("instrument_modules.csv", Small["instrument_modules.csv"].Replace("455", "450", StringComparison.Ordinal))));
        Assert.That(loaded.Tables["instrument_module"], Is.EqualTo(new LoadCounts(0, 1, 1)));
        var change = app.Database.Transactions[^1].Steps.Single().Rows.Single();
        Assert.That(change.Row!.Value.EnumerateObject().Select(p => p.Name), Is.EquivalentTo((string[])["frequency_min_ghz", "modified_at", "modified_by"]));
        Assert.That(app.Database.Of<InstrumentModule>().Single(m => m.Pixels == 64),
            Has.Property("Version").EqualTo(2).And.Property("FrequencyMinGhz").EqualTo(450));
    }

    [Test]
    public async Task A_unit_may_name_a_row_that_only_the_database_has()
    {
        await app.SubmitAsync(Load());
        var loaded = await app.SubmitAsync(Load(("sources.csv", Header("sources.csv"))));
        Assert.That(loaded.Tables["source"], Is.EqualTo(new LoadCounts(0, 0, 0)));
        Assert.That(app.Database.Of<Source>().Count(), Is.EqualTo(2), "a load never deletes");
    }

    [Test]
    public Task A_wrong_number_is_reported_with_file_line_and_column() =>
        AssertMistakesAsync(Load(("obs_units.csv", $"{UnitHeader}U1,P1,Star,map,Array,,high,1.5,,,,true,\n")),
            "obs_units.csv, line 2, priority: is a whole number, not 'high'",
            "obs_units.csv, line 2, requested_minutes: is a whole number, not '1.5'");

    [Test]
    public Task A_number_is_neither_infinite_nor_written_with_a_comma() =>
        AssertMistakesAsync(Load(("programs.csv", $"{Header("programs.csv")}P1,One,science,,NaN,\nP2,Two,science,,\"1,5\",\n")),
            "programs.csv, line 2, allocated_hours: is a number, not 'NaN'",
            "programs.csv, line 3, allocated_hours: is a number, not '1,5'");

    [Test]
    public Task An_unknown_reference_is_reported() =>
        AssertMistakesAsync(Load(("obs_units.csv", $"{UnitHeader}U1,P1,Comet,map,,,50,,,,,true,\n")),
            "obs_units.csv, line 2, source: there is no source 'Comet' in sources.csv or in the database",
            "obs_units.csv, line 2, instrument: is empty, but names the instrument");

    [Test]
    public Task A_name_that_is_there_twice_is_reported() =>
        AssertMistakesAsync(Load(("obs_modes.csv", "name,description\nmap,\nscan,\nmap,again\n")), "obs_modes.csv, line 4, name: 'map' is on line 2 already");

    [Test]
    public Task A_module_is_there_twice_only_within_its_instrument() =>
        AssertMistakesAsync(Load(("instrument_modules.csv", $"{Small["instrument_modules.csv"]}Array,A,1,,,true\n")),
            "instrument_modules.csv, line 4, name: 'A' is on line 2 already");

    [Test]
    public Task Two_programs_cannot_have_one_name() =>
        AssertMistakesAsync(Load(("programs.csv", $"{Small["programs.csv"]}P2,Programme one,science,,,\n")),
            "programs.csv, line 3, name: 'Programme one' is on line 2 already");

    [Test]
    public async Task A_program_cannot_take_the_name_of_one_in_the_database()
    {
        await app.SubmitAsync(Load());
        await AssertMistakesAsync(Load(("programs.csv", $"{Header("programs.csv")}P2,Programme one,science,,,\n")),
            "programs.csv, line 2, name: 'Programme one' is in the database already");
    }

    [Test]
    public Task The_rules_of_the_API_hold() =>
        AssertMistakesAsync(Load(("sources.csv", $"{Header("sources.csv")}Star,fixed,360,-20,,,,\nMars,solar_system,1,,,,,\n,fixed,1,1,,,,\n")),
            "sources.csv, line 2, ra_deg: is in degrees (ICRS), 0 to below 360",
            "sources.csv, line 3, naif_id: is needed for a solar_system source",
            "sources.csv, line 3, ra_deg: is for fixed sources; a body's place is computed from its naif_id",
            "sources.csv, line 4, name: has 1 to 200 characters");

    [Test]
    public Task A_wrong_choice_is_one_mistake() =>
        AssertMistakesAsync(Load(("sources.csv", $"{Small["sources.csv"]}Dip,drift,,,,,,\n")),
            "sources.csv, line 4, type: is one of fixed, solar_system, constant_elevation, not 'drift'");

    [Test]
    public async Task A_file_may_have_the_columns_that_a_source_need_not_have()
    {
        await app.SubmitAsync(Load());
        var text = "name,type,ra_deg,dec_deg,v_lsr_km_s,naif_id,catalogue,comment,body,elevation_deg,az_min_deg,az_max_deg\n"
            + "Star,fixed,10,-20,,,,,,,,\nMars,solar_system,,,,,NAIF,,mars,,,\nStrip,constant_elevation,,,,,,,,45,90,120\n";
        var counts = (await app.SubmitAsync(Load(("sources.csv", text)))).Tables["source"];
        Assert.That((counts.Created, counts.Updated, counts.Unchanged), Is.EqualTo((1, 0, 2)));
    }

    [Test]
    public Task A_wrong_header_is_reported_without_blaming_the_rows_that_refer_to_the_file() =>
        AssertMistakesAsync(Load(("sources.csv", "name,type,ra,dec_deg,v_lsr_km_s,naif_id,catalogue,comment\nStar,fixed,10,-20,,,,\n")),
            "sources.csv, line 1, ra: is not a column of this file; its columns are name, type, ra_deg, dec_deg, v_lsr_km_s, naif_id, catalogue, "
                + "comment, pm_ra_mas_yr, pm_dec_mas_yr, epoch_jyear, v_helio_km_s, body, az_min_deg, az_max_deg, elevation_deg");

    [Test]
    public Task A_header_without_what_a_row_cannot_do_without_is_reported() =>
        AssertMistakesAsync(Load(("sources.csv", "name,ra_deg\nStar,10\n")), "sources.csv, line 1, type: is missing from the header");

    [Test]
    public Task A_missing_file_is_reported() =>
        AssertMistakesAsync(new LoadCatalogue([.. Load().Tables.Where(t => t.File != "programs.csv")]), "programs.csv: is missing");

    [Test]
    public async Task Mistakes_of_all_files_are_reported_at_once_and_nothing_is_loaded()
    {
        await AssertMistakesAsync(
            Load(
                ("telescopes.csv", $"{Header("telescopes.csv")}Low,Dish,200,x,5600\n"),
                ("obs_units.csv", $"{UnitHeader}U1,P9,Star,map,Array,,101,30,80,30,1.0,yes,\nU2,P1\n")),
            "telescopes.csv, line 2, observatory: there is no observatory 'Low' in observatories.csv or in the database",
            "telescopes.csv, line 2, latitude_deg: is a number, not 'x'",
            "telescopes.csv, line 2, longitude_deg: is in degrees, -180 to 180, east positive",
            "obs_units.csv, line 2, program: there is no observing program 'P9' in programs.csv or in the database",
            "obs_units.csv, line 2, available: is true or false, not 'yes'",
            "obs_units.csv, line 2, priority: is 0 to 100, the higher the sooner",
            "obs_units.csv, line 2, max_elevation_deg: is in degrees, at least min_elevation_deg, 80",
            "obs_units.csv, line 3: has 2 fields, but the header has 13");
        Assert.That(app.Database.TakenKeys, Is.Zero);
    }

    [Test]
    public async Task A_hundred_mistakes_are_reported_and_the_others_counted()
    {
        var modes = string.Concat(Enumerable.Repeat("map,\n", 121));
        var refused = await app.RefusesAsync(Load(("obs_modes.csv", $"name,description\n{modes}")));
        Assert.That(refused.Message.Split('\n'), Has.Length.EqualTo(101));
        Assert.That(refused.Message, Does.EndWith("\nand 20 more"));
    }

    private static LoadCatalogue Samples() => new(CsvFiles.Read(Path.Combine(TestContext.CurrentContext.TestDirectory, "samples"), CatalogueLayouts.All));

    /// <summary>The small catalogue with some files replaced.</summary>
    private static LoadCatalogue Load(params (string File, string Content)[] replaced)
    {
        var files = replaced.ToDictionary(r => r.File, r => r.Content);
        return new(
        [
            .. CatalogueLayouts.All.Where(l => Small.ContainsKey(l.File) || files.ContainsKey(l.File))
                .Select(l => CsvFiles.Read(Encoding.UTF8.GetBytes(files.GetValueOrDefault(l.File) ?? Small[l.File]), l)),
        ]);
    }

    private static string Header(string file) => Small[file][..(Small[file].IndexOf('\n', StringComparison.Ordinal) + 1)];

    private async Task AssertMistakesAsync(LoadCatalogue command, params string[] mistakes)
    {
        var before = app.Database.Transactions.Count;
        var refused = await app.RefusesAsync(command);
        Assert.That(refused.Problem, Is.EqualTo(CatalogueProblems.CatalogueInvalid));
        Assert.That(refused.Message.Split('\n'), Is.EquivalentTo(mistakes));
        Assert.That(app.Database.Transactions, Has.Count.EqualTo(before));
    }
}
