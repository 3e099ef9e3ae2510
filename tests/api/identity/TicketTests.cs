using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.ApiTests.Identity;

/// <summary>Tickets that open sockets.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class TicketTests(SiteType type) : SignInFixture(type)
{
    private const string Path = "/a/socket";

    [Test]
    public async Task A_ticket_opens_one_socket_and_nothing_else()
    {
        var (name, _) = await UserAsync("viewer");
        var browser = await new Browser(Api).SignInAsync(name);
        var made = await browser.PostAsync("/api/v1/tickets");
        Assert.That(made.Status, Is.EqualTo(201), made.ToString());
        var ticket = made.Text("ticket");
        // A process of the site that has a socket.
        await using var app = DataApiBase.Build(TestApi.Read(SiteType == SiteType.Main ? Installation.MainSettings() : Installation.SecondarySettings()));
        app.MapGet(Path, (HttpContext context) => Results.Text(context.Principal().Actor.User)).Needs("read:sources");
        app.MapGet("/another", () => Results.Ok()).Needs("write:sources");
        await app.StartAsync();
        var root = app.Urls.First();

        Assert.That(await AskAsync(root, $"{Path}?ticket={ticket}", isSocket: false), Is.EqualTo((HttpStatusCode.Unauthorized, "token-missing")));
        Assert.That(await AskAsync(root, $"{Path}?token={ticket}", isSocket: true), Is.EqualTo((HttpStatusCode.Unauthorized, "token-missing")));
        Assert.That(await AskAsync(root, $"{Path}?ticket={ticket}x", isSocket: true), Is.EqualTo((HttpStatusCode.Unauthorized, "ticket-unknown")));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync(root, $"{Path}?ticket={ticket}", isSocket: true)));
        Assert.That(answers, Is.EquivalentTo(Enumerable.Repeat((HttpStatusCode.Unauthorized, "ticket-unknown"), 7).Append((HttpStatusCode.OK, name))));
        var other = (await browser.PostAsync("/api/v1/tickets")).Text("ticket");
        Assert.That(await AskAsync(root, $"/another?ticket={other}", isSocket: true), Is.EqualTo((HttpStatusCode.Forbidden, "permission-missing")));

        Assert.That(await AskAsync(root, Path, isSocket: true, ("Cookie", browser.Cookie!), ("Origin", root)), Is.EqualTo((HttpStatusCode.OK, name)));
        Assert.That(await AskAsync(root, Path, isSocket: true, ("Cookie", browser.Cookie!), ("Origin", "https://elsewhere.example")),
            Is.EqualTo((HttpStatusCode.Forbidden, "csrf-refused")));
        Assert.That((await Api.PostAsync("/api/v1/tickets", null, null, TestTokens.Observer)).Problem, Is.EqualTo("permission-missing"));
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(
        string root, string path, bool isSocket, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{root}{path}");
        if (isSocket)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new("websocket"));
        }
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var problem = answer.IsSuccessStatusCode ? text
            : System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(text).GetProperty("type").GetString()!.Split('/')[^1];
        return (answer.StatusCode, problem);
    }
}
