using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

public sealed class RelayControlTests : RelayFixture
{
    [TestCase("down", LinkState.Down)]
    [TestCase("hang", LinkState.Hanging)]
    [TestCase("one-way?direction=to-main", LinkState.OneWay)]
    [TestCase("up", LinkState.Up)]
    public async Task The_control_sets_the_state(string order, LinkState state)
    {
        var status = await PostAsync(order);
        Assert.That(status.State, Is.EqualTo(state));
        Assert.That(Link.Status.State, Is.EqualTo(state));
    }

    [Test]
    public async Task The_control_sets_delay_and_bandwidth()
    {
        await PostAsync("delay?ms=300");
        var status = await PostAsync("bandwidth?kbps=2000");
        Assert.That((status.RoundTripMs, status.KilobitsPerSecond), Is.EqualTo((300.0, 2000)));
    }

    [TestCase("cut?at=message:3", "message:3")]
    [TestCase("cut?at=after-commit&then=down", "after-commit")]
    [TestCase("cut?at=in-send:1000", "in-send:1000")]
    [TestCase("cut?at=none", null)]
    public async Task The_control_arms_a_cut(string order, string? armed) =>
        Assert.That((await PostAsync(order)).ArmedCut, Is.EqualTo(armed));

    [TestCase("sideways")]
    [TestCase("delay?ms=-1")]
    [TestCase("cut?at=lunch")]
    public async Task The_control_refuses_what_it_does_not_know(string order) =>
        await Assert.ThatAsync(async () => await PostAsync(order), Throws.InstanceOf<HttpRequestException>());

    [TestCase("OpsDb-Relay", "x", "Host", "127.0.0.1", true)]
    [TestCase("OpsDb-Relay", "x", "Host", "evil.example.org", false)]
    [TestCase("OpsDb-Relay", "x", "Origin", "https://evil.example.org", false)]
    [TestCase("Content-Language", "en", "X-Other", "x", false)]
    public async Task The_control_takes_no_order_of_a_page_in_a_browser(string header, string value, string other, string otherValue, bool taken)
    {
        var port = Ports.Next();
        await using var control = RelayControl.Start(Link, port);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/hang") { Content = new StringContent("{}") };
        foreach (var (name, text) in ((string, string)[])[(header, value), (other, other == "Host" ? $"{otherValue}:{port}" : otherValue)])
        {
            if (!request.Headers.TryAddWithoutValidation(name, text))
                request.Content.Headers.TryAddWithoutValidation(name, text);
        }
        using var answer = await http.SendAsync(request);
        Assert.That(answer.IsSuccessStatusCode, Is.EqualTo(taken), $"{answer.StatusCode}");
        Assert.That(Link.Status.State, Is.EqualTo(taken ? LinkState.Hanging : LinkState.Up));
    }

    private async Task<RelayStatus> PostAsync(string order)
    {
        var port = Ports.Next();
        await using var control = RelayControl.Start(Link, port);
        using var http = new HttpClient { DefaultRequestHeaders = { { RelayControl.OrderHeader, "test" } } };
        using var response = await http.PostAsync(new Uri($"http://127.0.0.1:{port}/{order}"), null);
        response.EnsureSuccessStatusCode();
        return RelayStatus.FromJson(await response.Content.ReadAsStringAsync());
    }
}
