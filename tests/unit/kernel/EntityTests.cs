using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class EntityTests
{
    [Test]
    public void A_column_of_a_type_that_nobody_has_taught_the_system_stops_the_program_as_it_starts() =>
        Assert.That(() => Odd.Table.Columns, Throws.InvalidOperationException.With.Message.Contains("TimeSpan"));

    [Test]
    public void A_command_with_a_field_that_is_no_column_stops_the_program_as_it_starts() =>
        Assert.That(() => new ServiceCollection().AddEntity<Thing, int, CreateMore>(), Throws.InvalidOperationException.With.Message.Contains("colour"));

    [Test]
    public void A_command_without_a_field_that_a_row_needs_stops_the_program_as_it_starts() =>
        Assert.That(() => new ServiceCollection().AddEntity<Thing, int, CreateLess>(), Throws.InvalidOperationException.With.Message.Contains("name"));

    [Test]
    public void A_table_says_what_its_rows_are_called()
    {
        Assert.That((Thing.Table.ANoun, Thing.Table.Nouns, Thing.Table.Resource), Is.EqualTo(("an odd thing", "odd things", "odd_things")));
        Assert.That(new Table<Thing>("observatory").Resource, Is.EqualTo("observatories"));
    }

    [Test]
    public void Rows_are_deleted_only_where_the_table_says_so()
    {
        static bool Deletes<T>() where T : Row<int>, IRow<T> =>
            new ServiceCollection().AddEntity<T, int>().Any(s => s.ServiceType == typeof(MediatR.IRequestHandler<Delete<T, int>, Decision<T>>));
        Assert.That((Deletes<Thing>(), Deletes<Passing>(), Passing.Table.Deletion.Kind), Is.EqualTo((false, true, "passing_things.delete")));
    }

    private sealed record Passing : Row<int>, IRow<Passing>
    {
        public static Table<Passing> Table { get; } = new("passing_thing") { Deletable = true };
    }

    private sealed record Odd : Row<int>, IRow<Odd>
    {
        public static Table<Odd> Table { get; } = new("odd");

        public TimeSpan Length { get; init; }
    }

    private sealed record Thing : Row<int>, IRow<Thing>
    {
        public static Table<Thing> Table { get; } = new("odd_thing");

        public required string Name { get; init; }
    }

    private sealed record CreateMore(string Name, string Colour) : ICreate<Thing>;

    private sealed record CreateLess : ICreate<Thing>;
}
