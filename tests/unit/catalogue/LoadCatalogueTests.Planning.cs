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

/// <summary>The files that a catalogue need not have, and the way back.</summary>
internal sealed partial class LoadCatalogueTests
{
    private static readonly (string File, string Content)[] Planning =
    [
        ("config_schemas.csv", "kind,type,schema_version,schema,description\n"
            + $"module,array_module,1,{Quoted("""{"type":"object","required":["line"],"properties":{"line":{"type":"string"}}}""")},\n"
            + "observation,array_map,1,\"{\"\"type\"\":\"\"object\"\"}\",\"a map, \"\"tiled\"\"\n of two lines \"\n"),
        ("module_configurations.csv", "instrument,module,name,schema_type,schema_version,settings\n"
            + "Array,A,CO 4-3,array_module,1,\"{\"\"line\"\": \"\"CO 4-3\"\"}\"\n"),
        ("groups.csv", "name\nteam\n"),
        ("sub_programs.csv", "program,short_name,name,allocated_hours\nP1,S1,Part one,4\n"),
        ("program_members.csv", "program,user_name,group,role\nP1,astronomer,,lead\nP1,,team,reader\n"),
        ("observation_configurations.csv", "name,schema_type,schema_version,settings\ntwo tiles,array_map,1,\"{\"\"tiles\"\":2}\"\n"),
        ("obs_units.csv", "name,program,sub_program,source,obs_mode,instrument,observation_configuration,priority,available,min_hour_angle_h\n"
            + "U1,P1,S1,Star,map,Array,two tiles,50,true,-4\n"),
        ("obs_unit_module_configurations.csv", "obs_unit,instrument,module,module_configuration,is_primary\nU1,Array,A,CO 4-3,true\n"),
        ("pre_scheduled_slots.csv", "telescope,start_time,obs_unit,end_time\nDish,2026-03-01T02:00:00.000Z,U1,2026-03-01T03:00:00Z\n"),
    ];

    [Test]
    public async Task Everything_that_is_planned_loads_with_what_it_refers_to()
    {
        var loaded = await app.SubmitAsync(Load(Planning));
        Assert.That(loaded.Tables.Values.Select(t => t.Created), Has.All.GreaterThan(0));
        Assert.That(loaded.Tables, Has.Count.EqualTo(16));
        var unit = app.Database.Of<ObsUnit>().Single();
        var (way, link) = (app.Database.Of<InstrumentModuleConfiguration>().Single(), app.Database.Of<ObsUnitModuleConfiguration>().Single());
        Assert.Multiple(() =>
        {
            Assert.That(way.InstrumentModuleId, Is.EqualTo(app.Database.Of<InstrumentModule>().Single(m => m.Pixels == 64).Id));
            Assert.That(way.ConfigSchemaId, Is.EqualTo(app.Database.Of<ConfigSchema>().Single(s => s.Kind == ConfigKind.Module).Id));
            Assert.That(way.Settings.GetProperty("line").GetString(), Is.EqualTo("CO 4-3"));
            Assert.That(unit.SubObservingProgramId, Is.EqualTo(app.Database.Of<SubObservingProgram>().Single().Id));
            Assert.That(unit.ObservationConfigurationId, Is.EqualTo(app.Database.Of<ObservationConfiguration>().Single().Id));
            Assert.That(unit.MinHourAngleH, Is.EqualTo(-4));
            Assert.That((link.ObsUnitId, link.InstrumentModuleConfigurationId, link.IsPrimary), Is.EqualTo((unit.Id, way.Id, true)));
            Assert.That(app.Database.Of<ProgramMember>().Select(m => m.Role), Is.EquivalentTo((ProgramRole[])[ProgramRole.Lead, ProgramRole.Reader]));
            Assert.That(app.Database.Of<PreScheduledSlot>().Single().TelescopeId, Is.EqualTo(app.Database.Of<Telescope>().Single().Id));
        });
    }

    [Test]
    public async Task What_was_written_loads_again_and_changes_nothing()
    {
        await app.SubmitAsync(Load(Planning));
        await app.SubmitAsync(new SetAvailability<ObsUnit>(false) { Id = app.Database.Of<ObsUnit>().Single().Id, Reason = "done" });
        var source = app.Database.Of<Source>().First();
        // What text can be, at the ends and in the middle.
        await app.SubmitAsync(new Change<Source, int>(source.Id, new(JsonElement.Parse("""{"comment": " \"a\",b\r\nc\td\n# é😀 "}"""))), "*");
        var written = await WrittenAsync(app);
        var transactions = app.Database.Transactions.Count;
        var again = await app.SubmitAsync(Read(written));
        Assert.That(again.Tables.Values.Sum(t => t.Created + t.Updated), Is.Zero);
        Assert.That(app.Database.Transactions, Has.Count.EqualTo(transactions));

        using var other = new Application();
        var created = await other.SubmitAsync(Read(written));
        Assert.That(created.Tables.Values.Select(t => t.Created), Has.All.GreaterThan(0));
        Assert.That(await WrittenAsync(other), Is.EqualTo(written), "and is written in the same words");
    }

    [Test]
    public async Task The_samples_are_written_as_they_are_loaded()
    {
        await app.SubmitAsync(Samples());
        var written = await WrittenAsync(app);
        Assert.That((await app.SubmitAsync(Read(written))).Tables.Values.Sum(t => t.Created + t.Updated), Is.Zero);
        Assert.That(written, Has.Count.EqualTo(16));
    }

    [Test]
    public void Every_column_of_a_table_is_in_its_file()
    {
        foreach (var form in CatalogueLayouts.Forms)
        {
            Assert.That(form.Columns.Select(c => c.Name).Concat(form.Links.Select(l => l.Field)).Order(StringComparer.Ordinal),
                Is.EqualTo(form.Table.Columns.Select(c => c.Name)
                    .Except(["id", "version", "created_at", "created_by", "modified_at", "modified_by"]).Order(StringComparer.Ordinal)), form.Layout.File);
            Assert.That(form.Key, Is.SubsetOf(form.Layout.Known), form.Layout.File);
        }
    }

    [Test]
    public async Task Settings_that_do_not_fit_the_schema_of_the_same_load_are_reported_with_their_place()
    {
        await AssertMistakesAsync(
            Load(With("module_configurations.csv",
                $"instrument,module,name,schema_type,schema_version,settings\nArray,A,CO 4-3,array_module,1,{Quoted("""{"line": 4}""")}\n")),
            "module_configurations.csv, line 2, settings: at /line: Value is \"integer\" but should be \"string\"");
        Assert.That(app.Database.TakenKeys, Is.Zero);
    }

    [Test]
    public Task What_does_not_fit_the_rows_that_it_names_is_reported() => AssertMistakesAsync(
        Load(
            [
                .. Planning.Take(6),
                ("obs_units.csv", "name,program,sub_program,source,obs_mode,instrument,priority,available\nU1,P1,S1,Star,map,Camera,50,true\n"),
                Planning[7],
                ("pre_scheduled_slots.csv", "telescope,start_time,obs_unit,end_time\nBowl,2026-03-01T02:00:00Z,U1,2026-03-01T03:00:00Z\n"),
                ("telescopes.csv", $"{Small["telescopes.csv"]}High,Bowl,0,0,0\n"),
            ]),
        "obs_unit_module_configurations.csv, line 2, module_configuration: is of a module of another instrument than the unit",
        "pre_scheduled_slots.csv, line 2, telescope: is not the telescope of the unit's instrument");

    [Test]
    public async Task What_the_database_has_still_fits_when_the_rows_that_it_names_change()
    {
        await app.SubmitAsync(Load(Planning));
        await AssertMistakesAsync(
            Load(("obs_units.csv", "name,program,source,obs_mode,instrument,priority,available\nU1,P1,Star,map,Camera,50,true\n")),
            "obs_unit_module_configurations.csv, module_configuration: is of a module of another instrument than the unit; "
                + "of 'U1', 'Array', 'A', 'CO 4-3', which is in the database");
    }

    [Test]
    public async Task The_schema_of_a_version_stays_the_one_that_settings_were_judged_by()
    {
        await app.SubmitAsync(Load(Planning));
        var (file, content) = Planning[0];
        await AssertMistakesAsync(
            Load(With(file, content.Replace("{\"\"type\"\":\"\"object\"\"}", "{ }", StringComparison.Ordinal))),
            "config_schemas.csv, line 3, schema: never changes: give another form another version");
    }

    [Test]
    public Task A_name_of_several_parts_that_is_not_there_is_told_whole() => AssertMistakesAsync(
        Load(With("obs_units.csv", "name,program,sub_program,source,obs_mode,instrument,priority,available\nU1,P1,S9,Star,map,Array,50,true\n")),
        "obs_units.csv, line 2, sub_program: there is no sub-program 'P1', 'S9' in sub_programs.csv or in the database");

    [TestCase("{", "is not valid JSON")]
    [TestCase("[1]", "is an object of at most 65536 characters")]
    [TestCase("", "is empty")]
    public Task JSON_that_is_none_is_reported(string settings, string reason) => AssertMistakesAsync(
        Load(With("observation_configurations.csv", $"name,schema_type,schema_version,settings\ntwo tiles,array_map,1,{settings}\n")),
        $"observation_configurations.csv, line 2, settings: {reason}");

    [Test]
    public async Task A_file_with_some_columns_changes_those()
    {
        await app.SubmitAsync(Load(Planning));
        var loaded = await app.SubmitAsync(Load(With("sub_programs.csv", "name,short_name,program\nPart 1,S1,P1\n")));
        Assert.That(loaded.Tables["sub_observing_program"].Updated, Is.EqualTo(1));
        Assert.That(app.Database.Of<SubObservingProgram>().Single(), Has.Property("Name").EqualTo("Part 1").And.Property("AllocatedHours").EqualTo(4));
    }

    /// <summary>All that is planned, with one file replaced.</summary>
    private static (string File, string Content)[] With(string file, string content) => [.. Planning.Where(p => p.File != file), (file, content)];

    private static async Task<IReadOnlyDictionary<string, string>> WrittenAsync(Application of) =>
        (await of.WriteCatalogueAsync()).Zip(CatalogueLayouts.All).ToDictionary(t => t.First.File, t => CsvFiles.Write(t.First, t.Second));

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static LoadCatalogue Read(IReadOnlyDictionary<string, string> written) =>
        new([.. CatalogueLayouts.All.Select(l => CsvFiles.Read(Encoding.UTF8.GetBytes(written[l.File]), l))]);
}
