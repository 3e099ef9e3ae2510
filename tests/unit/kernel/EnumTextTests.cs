using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Kernel;

public sealed class EnumTextTests
{
    private static readonly string[] OtherTexts =
        ["completed, aborted", "completed,aborted", "Completed", "COMPLETED", " completed", "completed ", "completed\n",
        "1", "+1", "-1", "", "finished", "Running, Completed", "ﬁxed"];

    [Test]
    public void A_value_is_known_by_its_exact_name_alone([ValueSource(nameof(OtherTexts))] string text)
    {
        Assert.That(EnumText.Find<ExecutionStatus>(text), Is.Null);
        Assert.That(EnumText.Find<ExecutionStatus>("completed"), Is.EqualTo(ExecutionStatus.Completed));
        Assert.That(EnumText.Find<SourceType>("solar_system"), Is.EqualTo(SourceType.SolarSystem));
    }

    [Test]
    public void JSON_takes_no_other_text([ValueSource(nameof(OtherTexts))] string text) =>
        Assert.That(() => JsonSerializer.Deserialize<ExecutionStatus>(JsonSerializer.Serialize(text), Json.Options),
            Throws.TypeOf<UnacceptableValueException>().With.Message.Contains("one of running, completed, aborted, failed"));

    [TestCase("1")]
    [TestCase("null")]
    [TestCase("[\"completed\"]")]
    [TestCase("{}")]
    [TestCase("true")]
    public void JSON_takes_nothing_but_text(string json) =>
        Assert.That(() => JsonSerializer.Deserialize<ExecutionStatus>(json, Json.Options), Throws.InstanceOf<JsonException>());

    [Test]
    public void Every_value_of_every_enumeration_comes_back_as_it_went(
        [Values(typeof(ExecutionStatus), typeof(Quality), typeof(SourceType), typeof(SyncState), typeof(StepOperation))] Type type)
    {
        foreach (var value in Enum.GetValues(type))
        {
            var json = JsonSerializer.Serialize(value, type, Json.Options);
            Assert.That(json, Is.EqualTo($"\"{EnumText.Of((Enum)value)}\""));
            Assert.That(JsonSerializer.Deserialize(json, type, Json.Options), Is.EqualTo(value));
        }
    }

    [Test]
    public void A_number_that_is_no_value_is_not_written() =>
        Assert.That(() => JsonSerializer.Serialize((Quality)7, Json.Options), Throws.InstanceOf<JsonException>());

    [Test]
    public void A_setting_takes_the_exact_name_alone([ValueSource(nameof(OtherTexts))] string text)
    {
        var settings = new Settings(_ => text);
        settings.Choice<ExecutionStatus>("STATUS", ExecutionStatus.Failed, "a status");
        Assert.That(settings.Mistakes, Has.Count.EqualTo(text.Length == 0 ? 0 : 1));
    }

    [TestCase("True")]
    [TestCase(" true")]
    [TestCase("yes")]
    [TestCase("1")]
    public void A_flag_is_true_or_false(string text)
    {
        var settings = new Settings(_ => text);
        settings.Flag("FLAG", false, "a flag");
        Assert.That(settings.Mistakes, Is.EqualTo((string[])[$"FLAG is true or false, not '{text}'"]));
    }

    [TestCase("status", "completed, aborted")]
    [TestCase("status", "Completed")]
    [TestCase("status", "1")]
    [TestCase("quality", " good")]
    [TestCase("count", "True")]
    [TestCase("count", " true")]
    public void A_query_takes_the_exact_name_alone(string parameter, string text) =>
        Assert.That(Assert.Throws<RefusalException>(() => Parse(parameter, text))!.Errors.Keys, Is.EqualTo((string[])[parameter]));

    private static ListQuery<Execution> Parse(string parameter, string text) =>
        ListQuery<Execution>.Parse(new Dictionary<string, IReadOnlyList<string>> { [parameter] = [text] });
}
