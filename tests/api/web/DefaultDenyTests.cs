using Microsoft.AspNetCore.Builder;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

public sealed class DefaultDenyTests
{
    [Test]
    public void An_endpoint_that_names_no_permission_stops_the_start()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/named", () => "").Needs("read:something");
        app.MapGet("/public", () => "").IsPublic();
        Assert.DoesNotThrow(app.SettleEndpoints);
        app.MapGet("/forgotten", () => "");
        Assert.That(app.SettleEndpoints, Throws.InvalidOperationException.With.Message.Contains("/forgotten"));
    }

    [TestCase("*:*", "write:executions", true)]
    [TestCase("read:*", "read:executions", true)]
    [TestCase("read:*", "write:executions", false)]
    [TestCase("write:executions", "write:executions", true)]
    [TestCase("write:executions", "write:obs_units", false)]
    public void A_scope_permits_what_it_names(string scope, string permission, bool allowed) =>
        Assert.That(new Kernel.Principal(new("somebody"), [scope]).Allows(permission), Is.EqualTo(allowed));
}
