using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.UnitTests.Tokens;

/// <summary>What each role may do.</summary>
public sealed class RoleTests
{
    [TestCase("admin", "read:sources,write:executions,write:sources,write:transactions,read:site")]
    [TestCase("observer", "read:sources,write:executions,read:site")]
    [TestCase("service", "read:sources,write:executions,read:site")]
    [TestCase("viewer", "read:sources,read:site")]
    public void A_role_permits_this_and_nothing_else(string role, string permitted)
    {
        var principal = new Principal(new("somebody"), new BuiltInRoles(ApiComponents.Contributions<RoleScopes>()).PermissionsOf(role));
        string[] all = ["read:sources", "write:executions", "write:sources", "write:transactions", "read:site"];
        Assert.That(all.Where(principal.Allows), Is.EquivalentTo(permitted.Split(',')));
    }

    [Test]
    public void There_are_these_roles() => Assert.That(BuiltInRoles.Names, Is.EquivalentTo((string[])["admin", "observer", "viewer", "service"]));

    [TestCase("read:*", "write:read")]
    [TestCase("*:sources", "read:obs_units")]
    [TestCase("read:source", "read:sources")]
    [TestCase("read", "read:sources")]
    [TestCase("read:sources:more", "read:sources")]
    [TestCase("", "read:sources")]
    public void A_scope_permits_nothing_that_only_looks_like_it(string scope, string permission) =>
        Assert.That(new Principal(new("somebody"), [scope]).Allows(permission), Is.False);
}
