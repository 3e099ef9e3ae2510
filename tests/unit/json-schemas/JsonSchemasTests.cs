using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.JsonSchemas;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.JsonSchemas;

internal sealed class JsonSchemasTests
{
    private static readonly IJsonSchemas Schemas = new ServiceCollection().AddJsonSchemas().BuildServiceProvider().GetRequiredService<IJsonSchemas>();

    [TestCase("""{"type":"object","properties":{"n":{"type":"integer"}}}""")]
    [TestCase("""{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"a":{"type":"number"}},"properties":{"x":{"$ref":"#/$defs/a"}}}""")]
    [TestCase("""{"properties":{"pattern":{"type":"string"},"default":{"minimum":1},"enum":{"enum":[{"$ref":"nowhere"}]}}}""")]
    public void A_schema_without_a_fault(string schema) => Assert.That(Schemas.Fault(JsonElement.Parse(schema)), Is.Null);

    [TestCase("""[]""", "is a JSON Schema, an object")]
    [TestCase("""{"$schema":"http://json-schema.org/draft-07/schema#"}""", "is of draft 2020-12: $schema is https://json-schema.org/draft/2020-12/schema")]
    [TestCase("""{"properties":{"a":{"$ref":"https://a.org/x"}}}""", "has /properties/a/$ref https://a.org/x, which is not one of its own #/$defs/…")]
    [TestCase("""{"$ref":"#"}""", "has /$ref #, which is not one of its own #/$defs/…")]
    [TestCase("""{"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}""", "has /$defs/a/items/$ref #/$defs/a, which leads back to itself")]
    [TestCase("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}}""",
        "has /$defs/a/$ref #/$defs/b, which leads back to itself")]
    [TestCase("""{"properties":{"default":{"$dynamicRef":"#x"}}}""", "has /properties/default/$dynamicRef, which is not supported")]
    [TestCase("""{"pattern":"("}""", "has /pattern (, which is no pattern that is decided without going back")]
    [TestCase("""{"pattern":"(a)\\1"}""", "has /pattern (a)\\1, which is no pattern that is decided without going back")]
    [TestCase("""{"type":"nothing"}""", "is no JSON Schema:")]
    public void A_schema_with_a_fault(string schema, string fault) => Assert.That(Schemas.Fault(JsonElement.Parse(schema)), Does.StartWith(fault));

    [Test]
    public void A_schema_that_multiplies_is_refused_before_anything_is_checked_with_it()
    {
        var doubling = string.Join(',', Enumerable.Range(0, 40).Select(n =>
            $$"""  "d{{n}}":{"allOf":[{"$ref":"#/$defs/d{{n + 1}}"},{"$ref":"#/$defs/d{{n + 1}}"}]}"""));
        var schema = $$"""{"$defs":{ {{doubling}},"d40":{} },"$ref":"#/$defs/d0"}""";
        Assert.That(Schemas.Fault(JsonElement.Parse(schema)), Is.EqualTo("asks for more than 10000 checks, with its references followed"));
    }

    [Test]
    public void A_misfit_says_where_it_is()
    {
        var schema = JsonElement.Parse(
            """
            {"type":"object","required":["tiles"],"additionalProperties":false,
             "properties":{"tiles":{"type":"array","items":{"type":"object","properties":{"size_arcmin":{"type":"number","exclusiveMinimum":0}}}}}}
            """);
        Assert.That(Schemas.Misfits(schema, JsonElement.Parse("""{"tiles":[{"size_arcmin":1},{"size_arcmin":2}]}""")), Is.Empty);
        Assert.That(Schemas.Misfits(schema, JsonElement.Parse("""{"tiles":[{"size_arcmin":1},{"size_arcmin":-2}]}""")).Select(m => m.Pointer),
            Is.EqualTo((string[])["/tiles/1/size_arcmin"]));
        Assert.That(Schemas.Misfits(schema, JsonElement.Parse("{}")).Select(m => m.Pointer), Is.EqualTo((string[])[""]));
        Assert.That(Schemas.Misfits(schema, JsonElement.Parse("""{"tiles":[],"a/b":1}""")).Select(m => m.Pointer), Is.EqualTo((string[])["/a~1b"]));
    }

    [Test]
    public void A_pattern_that_could_be_tried_in_many_ways_is_decided_at_once()
    {
        var schema = JsonElement.Parse("""{"properties":{"a":{"pattern":"^(a|aa)+$"}}}""");
        var value = Json.ToElement(new { a = new string('a', 60) + "!" });
        Assert.That(Schemas.Misfits(schema, value).Single(), Is.EqualTo(new Misfit("/a", "does not match ^(a|aa)+$")));
    }
}
