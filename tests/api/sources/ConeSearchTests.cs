using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Sources;

/// <summary>Sources around a place, in either way to ask.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ConeSearchTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Sources_are_found_across_0_h_over_the_poles_and_just_opposite()
    {
        var mark = Guid.NewGuid().ToString("n");
        var names = await CreateAsync(mark, (359.99, 30), (0.01, 30), (0.5, 30), (200, 89.9), (20, 89.95), (77, -90), (180, -30));
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=0&dec=30&radius=0.1"), Is.EqualTo(names[..2]));
            Assert.That(await FoundAsync($"name_prefix={mark}&cone=359.995,30,0.1"), Is.EqualTo(names[..2]));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=20&dec=89.95&radius=0.2"), Is.EqualTo(names[3..5]));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=123&dec=90&radius=0.1"), Is.EqualTo(names[3..5]));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=200&dec=89.9&radius=0"), Is.EqualTo(names[3..4]));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=1&dec=-90&radius=0"), Is.EqualTo(names[5..6]));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=0&dec=30&radius=180"), Is.EqualTo(names));
            Assert.That(await FoundAsync($"name_prefix={mark}&ra=0&dec=30&radius=179.99"), Is.EqualTo(names[..6]));
        });
    }

    [Test]
    public async Task The_nearest_come_first_when_that_is_asked_for_page_by_page()
    {
        var mark = Guid.NewGuid().ToString("n");
        var names = await CreateAsync(mark, (10.3, 0), (10, 0.1), (9.8, 0), (10, 0), (10, -0.4));
        var nearest = (string[])[names[3], names[1], names[2], names[0], names[4]];
        var found = new List<string>();
        for (var path = $"/api/v1/sources?name_prefix={mark}&ra=10&dec=0&radius=1&sort=distance&limit=2"; ;)
        {
            var page = await Other.GetAsync(path);
            found.AddRange(page.Items.Select(s => s.GetProperty("name").GetString()!));
            if (page.Body.GetProperty("next").GetString() is not { } next)
                break;
            path = $"/api/v1/sources?name_prefix={mark}&ra=10&dec=0&radius=1&sort=distance&limit=2&after={next}";
        }
        Assert.That(found, Is.EqualTo(nearest));
        Assert.That(await FoundAsync($"name_prefix={mark}&cone=10,0,1&sort=-distance"), Is.EqualTo(nearest.Reverse()));
        Assert.That((await Api.GetAsync($"/api/v1/sources?cone=10,0,1&sort=distance&after=WyJkaXN0YW5jZSxpZCIsIngiLCIxIl0")).Status, Is.EqualTo(400));
    }

    [TestCase("ra=360&dec=0&radius=1", "cone")]
    [TestCase("ra=0&dec=90.1&radius=1", "cone")]
    [TestCase("ra=0&dec=0&radius=180.1", "cone")]
    [TestCase("ra=0&dec=0&radius=-1", "cone")]
    [TestCase("ra=NaN&dec=0&radius=1", "ra")]
    [TestCase("ra=0&dec=0&radius=Infinity", "radius")]
    [TestCase("ra=0&dec=0", "radius")]
    [TestCase("radius=1", "ra,dec")]
    [TestCase("ra=0&ra=1&dec=0&radius=1", "ra")]
    [TestCase("ra=1,2&dec=0&radius=1", "ra")]
    [TestCase("ra=0&dec=0&radius=1&cone=0,0,1", "cone")]
    [TestCase("sort=distance", "sort")]
    [TestCase("cone=0,90.1,1", "cone")]
    public async Task What_is_no_cone_is_refused_by_its_parameter(string query, string parameters)
    {
        var refused = await Api.GetAsync($"/api/v1/sources?{query}");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-parameter")), refused.ToString());
        Assert.That(refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(parameters.Split(',')));
    }

    private async Task<string[]> CreateAsync(string mark, params (double RaDeg, double DecDeg)[] places)
    {
        var items = places.Select((p, i) => new { name = $"{mark} {i}", type = "fixed", ra_deg = p.RaDeg, dec_deg = p.DecDeg }).ToList();
        var created = await Api.PostAsync("/api/v1/sources/bulk", new { items }, null, TestTokens.Admin);
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        await Eventually.TrueAsync(async () => (await Other.GetAsync($"/api/v1/sources?name_prefix={mark}&count=true")).Total == places.Length,
            "they are readable");
        return [.. items.Select(i => i.name)];
    }

    private async Task<IEnumerable<string>> FoundAsync(string query) =>
        (await Api.GetAsync($"/api/v1/sources?{query}")).Items.Select(s => s.GetProperty("name").GetString()!).ToList();
}
