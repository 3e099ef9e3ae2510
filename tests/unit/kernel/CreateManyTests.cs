using OpsDb.Kernel;
using OpsDb.ObsUnits;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Kernel;

internal sealed class CreateManyTests
{
    [Test]
    public async Task Many_rows_are_one_step_and_take_their_keys_at_once()
    {
        using var application = new Application();
        var created = await application.SubmitAsync(new CreateMany<Source, int, CreateSource>([Named("a"), Named("b"), Named("c")]));
        Assert.That((created.Count, created.Ids), Is.EqualTo((3, (int[])[101, 102, 103])));
        var step = application.Database.Transactions.Single().Steps.Single();
        Assert.That((step.Operation, step.Rows.Count), Is.EqualTo((StepOperation.Create, 3)));
        Assert.That(application.Database.Of<Source>().OrderBy(s => s.Id).Select(s => s.Name), Is.EqualTo((string[])["a", "b", "c"]));
    }

    [Test]
    public async Task What_is_wrong_with_each_row_is_told_and_no_key_is_taken()
    {
        using var application = new Application();
        var refused = await application.RefusesAsync(new CreateMany<Source, int, CreateSource>([Named("a"), Named(" "), Named("c") with { RaDeg = 400 }]));
        Assert.That(refused.Problem, Is.EqualTo(Problems.InvalidFields));
        Assert.That(refused.Errors.Keys, Is.EquivalentTo((string[])["items[1].name", "items[2].ra_deg"]));
        Assert.That((application.Database.TakenKeys, application.Database.Transactions.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task References_of_all_rows_are_one_question_for_each_column()
    {
        using var application = new Application();
        CreateObsUnit[] units = [.. Enumerable.Range(0, 50).Select(i => new CreateObsUnit($"unit {i}", 1, i % 2, 1, 1, 1))];
        var refused = await application.RefusesAsync(new CreateMany<ObsUnit, int, CreateObsUnit>(units));
        Assert.That((refused.Problem, application.Database.Questions), Is.EqualTo((Problems.ReferenceUnknown, 4)));
        Assert.That(refused.Errors["items[0].observing_program_id"], Is.EqualTo((string[])["there is no observing program 1"]));
    }

    [Test]
    public async Task An_id_that_is_given_is_new_to_the_rows_that_are_there_and_to_each_other()
    {
        using var application = new Application(services => services.AddEntity<Sample, Guid, CreateSample>());
        var (known, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await application.SubmitAsync(new CreateSample("known") { Id = known });
        var created = await application.SubmitAsync(new CreateMany<Sample, Guid, CreateSample>([new("a") { Id = other }, new("b")]));
        Assert.That((created.Ids[0], created.Ids[1] == default), Is.EqualTo((other, false)));
        var twice = Guid.CreateVersion7();
        var refused = await application.RefusesAsync(new CreateMany<Sample, Guid, CreateSample>(
            [new("c") { Id = twice }, new("d") { Id = known }, new("e") { Id = twice }, new("f")]));
        Assert.That(refused.Problem, Is.EqualTo(Problems.AlreadyExists));
        Assert.That(refused.Errors.Keys, Is.EquivalentTo((string[])["items[1].id", "items[2].id"]));
        Assert.That(application.Database.Questions, Is.EqualTo(2), "one for each request");
    }

    [Test]
    public async Task No_rows_and_too_many_are_refused()
    {
        using var application = new Application();
        foreach (var count in (int[])[0, 100_001])
        {
            var refused = await application.RefusesAsync(new CreateMany<Source, int, CreateSource>([.. Enumerable.Repeat(Named("a"), count)]));
            Assert.That(refused.Errors["items"], Is.EqualTo((string[])[$"has 1 to 100000 rows, not {count}"]));
        }
    }

    private static CreateSource Named(string name) => new(name, SourceType.Fixed) { RaDeg = 10.5, DecDeg = 1 };

    private sealed record Sample : Row<Guid>, IRow<Sample>
    {
        public static Table<Sample> Table { get; } = new("sample");

        public required string Name { get; init; }
    }

    private sealed record CreateSample(string Name) : ICreate<Sample>
    {
        public Guid? Id { get; init; }
    }
}
