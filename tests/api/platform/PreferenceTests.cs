using System.Collections.Concurrent;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Platform;

/// <summary>What users choose, for themselves.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class PreferenceTests(SiteType type) : SiteFixture(type)
{
    private const string Preferences = "/api/v1/preferences";

    private readonly string path = $"{Preferences}/test.{Guid.NewGuid():n}";

    [Test]
    public async Task A_preference_is_set_read_changed_and_deleted()
    {
        var set = await Api.PutAsync(TestTokens.Observer, path, new { value = new { columns = (string[])["id", "status"], width = 12.5 } });
        Assert.That((set.Status, set.Header("Location"), set.Text("user_name")), Is.EqualTo((201, path, "observer")), set.ToString());
        var read = await Other.GetAsync(path, TestTokens.Observer);
        Assert.That(Value(read), Is.EqualTo("""{"width":12.5,"columns":["id","status"]}"""), read.ToString());
        Assert.That((await Other.GetAsync(path, TestTokens.Observer, ("If-None-Match", read.ETag))).Status, Is.EqualTo(304));

        var same = await Other.PutAsync(TestTokens.Observer, path, new { value = new { width = 12.50, columns = (string[])["id", "status"] } });
        Assert.That((same.Status, same.Header("OpsDb-Transaction"), same.Body.GetProperty("version").GetInt32()), Is.EqualTo((200, (string?)null, 1)));
        var changed = await Api.PutAsync(TestTokens.Observer, path, new { value = "none" }, ("If-Match", read.ETag));
        Assert.That((changed.Status, changed.Body.GetProperty("version").GetInt32()), Is.EqualTo((200, 2)), changed.ToString());
        var stale = await Api.PutAsync(TestTokens.Observer, path, new { value = "late" }, ("If-Match", read.ETag));
        Assert.That((stale.Status, stale.Problem), Is.EqualTo((412, "version-mismatch")));
        Assert.That(Items(await Other.GetAsync(Preferences, TestTokens.Observer))[path.Split('/')[^1]], Is.EqualTo("\"none\""));

        Assert.That((await Api.DeleteAsync(path, null, token: TestTokens.Observer)).Problem, Is.EqualTo("version-required"));
        Assert.That((await Api.DeleteAsync(path, changed.ETag, token: TestTokens.Observer)).Status, Is.EqualTo(204));
        Assert.That((await Other.GetAsync(path, TestTokens.Observer)).Status, Is.EqualTo(404));
        Assert.That((await Api.DeleteAsync(path, "*", token: TestTokens.Observer)).Status, Is.EqualTo(404));
        Assert.That((await Api.PutAsync(TestTokens.Observer, path, new { value = false })).Status, Is.EqualTo(201));
    }

    [Test]
    public async Task Nobody_reaches_what_others_have()
    {
        await Api.PutAsync(TestTokens.Observer, path, new { value = "the observer's" });
        Assert.That((await Api.GetAsync(path, TestTokens.Viewer)).Status, Is.EqualTo(404));
        Assert.That((await Api.GetAsync(path, TestTokens.Admin)).Status, Is.EqualTo(404));
        Assert.That((await Api.DeleteAsync(path, "*", token: TestTokens.Admin)).Status, Is.EqualTo(404));
        Assert.That(Items(await Api.GetAsync(Preferences, TestTokens.Admin)), Does.Not.ContainKey(path.Split('/')[^1]));
        Assert.That((await Api.GetAsync($"{Preferences}?user_name=observer", TestTokens.Admin)).Problem, Is.EqualTo("malformed-parameter"));
        Assert.That((await Api.PutAsync(TestTokens.Admin, path, new { value = "mine", user_name = "observer" })).Problem, Is.EqualTo("malformed-body"));

        Assert.That((await Api.PutAsync(TestTokens.Viewer, path, new { value = "the viewer's" })).Status, Is.EqualTo(201));
        Assert.That((await Api.DeleteAsync(path, "*", token: TestTokens.Viewer)).Status, Is.EqualTo(204));
        Assert.That(Value(await Api.GetAsync(path, TestTokens.Observer)), Is.EqualTo("\"the observer's\""));

        Assert.That((await Api.GetAsync(path, TestTokens.ExecutionReader)).Status, Is.EqualTo(403));
        Assert.That((await Api.PutAsync(TestTokens.ExecutionReader, path, new { value = 1 })).Status, Is.EqualTo(403));
        Assert.That((await Api.PutAsync(null, path, new { value = 1 })).Status, Is.EqualTo(401));
    }

    [Test]
    public async Task What_is_too_large_or_has_another_form_is_refused_and_told()
    {
        var large = await Api.PutAsync(TestTokens.Observer, path, new { value = new string('x', 16 * 1024 - 1) });
        Assert.That((large.Status, Error(large, "value")), Is.EqualTo((422, "has at most 16384 bytes of JSON, a number with an exponent counted as 350")));
        Assert.That((await Api.PutAsync(TestTokens.Observer, path, new { value = new string('x', 16 * 1024 - 2) })).Status, Is.EqualTo(201));
        foreach (var name in (string[])["a%20b", "%C3%BC", new string('x', 101)])
        {
            var wrong = await Api.PutAsync(TestTokens.Observer, $"{Preferences}/{name}", new { value = 1 });
            Assert.That((wrong.Status, Error(wrong, "preference")), Is.EqualTo((400, "has 1 to 100 letters, digits, dots, underscores and hyphens")));
        }
        Assert.That((await Api.PutAsync(TestTokens.Observer, $"{Preferences}/{new string('x', 100)}", new { value = 1 })).Status, Is.EqualTo(201));
        Assert.That(Error(await Api.PutAsync(TestTokens.Observer, path, new { value = (string?)null }), "value"), Is.EqualTo("must not be null"));
        Assert.That(Error(await Api.PutAsync(TestTokens.Observer, path, new { }), "value"), Is.EqualTo("is missing"));
    }

    [Test]
    public async Task A_user_has_100_however_many_come_at_once()
    {
        var answers = new ConcurrentDictionary<string, TestAnswer>();
        var names = Enumerable.Range(0, 130).Select(i => $"{Preferences}/many.{i}");
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 10 }, async (name, _) =>
            answers[name] = await (answers.Count % 2 == 0 ? Api : Other).PutAsync(TestTokens.Admin, name, new { value = 1 }));
        Assert.That(answers.Values.Count(a => a.Status == 201), Is.EqualTo(100));
        Assert.That(answers.Values.Where(a => a.Status != 201).Select(a => a.Problem), Has.Exactly(30).EqualTo("preferences-full"));
        Assert.That((await Api.GetAsync(Preferences, TestTokens.Admin)).Items.Count(), Is.EqualTo(100));

        var mine = answers.First(a => a.Value.Status == 201).Key;
        Assert.That((await Api.PutAsync(TestTokens.Admin, mine, new { value = 2 })).Status, Is.EqualTo(200), "what is there can be changed");
        Assert.That((await Api.DeleteAsync(mine, "*")).Status, Is.EqualTo(204));
        Assert.That((await Api.PutAsync(TestTokens.Admin, path, new { value = 1 })).Status, Is.EqualTo(201));
        Assert.That((await Api.PutAsync(TestTokens.Admin, mine, new { value = 1 })).Problem, Is.EqualTo("preferences-full"));
    }

    private static string Value(TestAnswer answer) => answer.Body.GetProperty("value").GetRawText();

    private static Dictionary<string, string> Items(TestAnswer list) =>
        list.Items.ToDictionary(p => p.GetProperty("name").GetString()!, p => p.GetProperty("value").GetRawText());

    private static string? Error(TestAnswer answer, string field) =>
        answer.Body.TryGetProperty("errors", out var errors) && errors.TryGetProperty(field, out var told) ? told[0].GetString() : $"{answer}";
}
