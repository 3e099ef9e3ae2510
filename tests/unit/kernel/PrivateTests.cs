using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

/// <summary>What is stored and what is shown.</summary>
internal sealed class PrivateTests
{
    private static readonly Hook Row = new()
    {
        Id = 7,
        Name = "a",
        Hash = "hidden",
        Secret = new AesSealer(new("k1", new byte[32])).Seal("hidden", "hook/secret/7"),
    };

    [Test]
    public void A_private_column_is_stored_and_read_again()
    {
        var stored = Hook.Table.Write(Row);
        Assert.That(Hook.Table.Columns.Where(c => c.IsPrivate).Select(c => c.Name), Is.EqualTo((string[])["hash", "secret"]));
        Assert.That(Hook.Table.Read(stored), Is.EqualTo(Row));
        Assert.That(stored.GetProperty("secret").GetString(), Does.StartWith("v1.k1."));
    }

    [Test]
    public void A_private_column_is_not_published_wherever_the_row_is()
    {
        foreach (var published in (object[])[Row, new[] { Row }, new { Items = new[] { Row } }, new Page<Hook>([Row], null, null)])
        {
            var text = JsonSerializer.Serialize(published, published.GetType(), Json.Published);
            Assert.That(text, Does.Contain("\"name\":\"a\"").And.Not.Contain("hash").And.Not.Contain("secret").And.Not.Contain("hidden")
                .And.Not.Contain("v1.k1"));
        }
    }

    [Test]
    public void A_table_whose_list_or_patch_names_a_private_column_is_not_built()
    {
        Assert.That(() => new Table<Hook>("hook") { Filters = [Field.OneOf((Hook h) => h.Hash, "with this one")] }, Refuses("hook.hash"));
        Assert.That(() => new Table<Hook>("hook") { Sorts = [Field.Sort((Hook h) => h.Hash)] }, Refuses("hook.hash"));
        Assert.That(() => new Table<Hook>("hook") { Patchable = ["name", "secret"] }, Refuses("hook.secret"));

        static NUnit.Framework.Constraints.IResolveConstraint Refuses(string column) =>
            Throws.InvalidOperationException.With.Message.StartsWith($"{column} is private");
    }

    [Test]
    public void A_command_that_creates_rows_out_of_its_fields_has_none_that_is_private() =>
        Assert.That(() => new ServiceCollection().AddEntity<Hook, int, CreateHook>(),
            Throws.InvalidOperationException.With.Message.Contains("hash, which is private"));

    [Test]
    public void A_patch_is_not_told_that_there_is_a_private_column()
    {
        var refused = Assert.Throws<RefusalException>(() => new MergePatch<Hook>(JsonElement.Parse("""{"hash":"x","version":3}""")).Apply(Row))!;
        Assert.That(refused.Errors.ToDictionary(e => e.Key, e => e.Value.Single()),
            Is.EqualTo(new Dictionary<string, string> { ["hash"] = "is not a field of this resource", ["version"] = "cannot be changed" }));
    }

    [Test]
    public void A_step_is_shown_without_private_columns_and_without_what_is_not_known()
    {
        var shown = new PublishedSteps([Hook.Table]).Of(
        [
            new("hook", StepOperation.Update, [new("7", Fields(("name", "b"), ("hash", "x")), Fields(("secret", "y"), ("newer", "z")))]),
            new("newer", StepOperation.Delete, [new("1", null, Fields(("name", "b")))]),
        ]);
        Assert.That(JsonSerializer.Serialize(shown, Json.Published), Is.EqualTo(
            """[{"entity":"hook","operation":"update","rows":[{"key":"7","row":{"name":"b"},"seen":{}}]},"""
            + """{"entity":"newer","operation":"delete","rows":[{"key":"1","row":null,"seen":{}}]}]"""));
    }

    [Test]
    public void What_a_person_makes_of_a_step_keeps_its_private_columns()
    {
        var restored = Hook.Table.Restored(Fields(("name", "c"), ("hash", "mine")), Fields(("name", "b"), ("hash", "x"), ("secret", "y")))!.Value;
        Assert.That(restored.GetRawText(), Is.EqualTo("""{"name":"c","hash":"x","secret":"y"}"""));
        Assert.That(Hook.Table.Restored(null, Fields(("hash", "x"))), Is.Null);
    }

    private static JsonElement Fields(params (string Name, string Value)[] fields) => Json.ToElement(fields.ToDictionary(f => f.Name, f => f.Value));

    private sealed record Hook : Row<int>, IRow<Hook>
    {
        public static Table<Hook> Table { get; } = new("hook") { Patchable = ["name"] };

        public required string Name { get; init; }

        [Private]
        public required string Hash { get; init; }

        public Sealed? Secret { get; init; }
    }

    private sealed record CreateHook(string Name, string Hash) : ICreate<Hook>;
}
