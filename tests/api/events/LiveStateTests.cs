using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Events;

/// <summary>Figures of a site, told to whoever keeps a connection open.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class LiveStateTests(SiteType type) : SiteFixture(type)
{
    private const string Socket = "/api/transfer/ws/overview";

    [Test]
    public async Task An_older_client_opens_its_socket_with_a_ticket_and_is_told_the_overview_and_each_other_one()
    {
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(await AddressAsync(), clock.Token);
        var first = await socket.MessageAsync(clock.Token);
        var before = first.GetProperty("total_packages").GetInt64();
        var execution = await Api.StartExecutionAsync();
        var package = await Api.PostAsync("/api/v1/raw-data-packages", new { executed_obs_unit_id = execution.Id, instrument_module_id = 1 });
        Assert.That(package.Status, Is.EqualTo(Taken(201)), package.ToString());
        var next = first;
        while (next.GetProperty("total_packages").GetInt64() == before)
            next = await socket.MessageAsync(clock.Token);
        Assert.That(next.GetProperty("total_packages").GetInt64(), Is.EqualTo(before + 1));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, clock.Token);
    }

    [Test]
    public async Task A_token_in_an_address_opens_nothing()
    {
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(AddressOf(TestTokens.Observer.Text), clock.Token));
        var asked = await Api.GetAsync($"{Socket}?token={TestTokens.Observer.Text}");
        Assert.That((asked.Status, asked.Problem), Is.EqualTo((400, "malformed-parameter")), "and without a socket it is no parameter");
        Assert.That((await Api.GetAsync(Socket)).Body.GetProperty("total_packages").GetInt64(), Is.GreaterThanOrEqualTo(0));
    }

    [TestCase("/api/v1/transfers/overview", "total_packages")]
    [TestCase("/buffer-stats", "pending_transactions")]
    [TestCase("/api/v1/jobs", "items")]
    public async Task Figures_are_told_as_server_sent_events(string path, string property)
    {
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var http = new HttpClient { BaseAddress = Api.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", TestTokens.Admin.Text);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, clock.Token);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        await foreach (var told in SseParser.Create(await response.Content.ReadAsStreamAsync(clock.Token)).EnumerateAsync(clock.Token))
        {
            Assert.That(told.EventType, Is.EqualTo("state"));
            Assert.That(JsonSerializer.Deserialize<JsonElement>(told.Data).TryGetProperty(property, out _), told.Data);
            return;
        }
        Assert.Fail("nothing was told");
    }

    private async Task<Uri> AddressAsync() => AddressOf((await Api.PostAsync("/api/v1/tickets", null, null, TestTokens.Admin)).Text("ticket"));

    private Uri AddressOf(string token) => new($"ws://{Api.Address.Authority}{Socket}?token={token}");
}
