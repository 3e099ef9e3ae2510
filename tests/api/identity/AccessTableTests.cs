using OpsDb.ApiTests.Hostile;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Every operation of the API document, by every role, with every kind of scope: who may is let in, and nobody else.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class AccessTableTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[][] Scopes =
        [["*:*"], ["read:*"], ["write:*"], ["*:executions"], ["read:executions", "write:obs_units"], ["manage:transactions", "read:site"]];

    [TestCase("none")]
    [TestCase("viewer")]
    [TestCase("observer")]
    [TestCase("service")]
    [TestCase("admin")]
    [TestCase("own")]
    public async Task What_role_and_scope_both_permit_is_done_and_nothing_else(string role)
    {
        var people = new People(Api, Other, Installation);
        var (name, permitted) = await RoleAsync(people, role);
        var (_, _, tokens) = await people.UserAsync(Scopes, role == "none" ? [] : [name]);
        var operations = Operation.Read((await Api.GetAsync("/openapi/v1.json")).Body).Where(o => o.Needed.Count > 0).ToList();
        var requests = operations.SelectMany(o => Scopes.Zip(tokens, (scopes, token) => (Operation: o, Scopes: scopes, Token: token))).ToList();
        var wrong = new List<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (r, _) =>
        {
            var may = r.Operation.Needed.All(n => Covers(permitted, n) && Covers(r.Scopes, n));
            var answer = await CallAsync(r.Operation, r.Token);
            if (answer.Status == 401 || IsDenied(answer) == may)
            {
                lock (wrong)
                    wrong.Add($"{role} with {string.Join(' ', r.Scopes)}: {r.Operation} needs {string.Join(' ', r.Operation.Needed)}: {answer}");
            }
        });
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong.Take(10)));
        await TestContext.Out.WriteLineAsync($"{SiteType}, {role}: {operations.Count} operations with {Scopes.Length} kinds of scopes");
    }

    /// <summary>The role's name, and what it permits.</summary>
    private async Task<(string Name, string[] Permitted)> RoleAsync(People people, string role)
    {
        if (role != "own")
            return (role, TestTokens.ScopesOf(role));
        var name = $"own {Guid.NewGuid()}";
        string[] permissions = ["write:obs_units", "read:obs_units", "*:executions", "manage:transactions"];
        await people.CreateAsync("/api/v1/roles", new { name, permissions });
        return (name, permissions);
    }

    /// <summary>Calls it with nothing in it that could be done.</summary>
    private Task<TestAnswer> CallAsync(Operation operation, TestTokens token)
    {
        var isTried = operation.InQuery.Any(p => p.Name == "dry_run");
        return Api.SendAsync(new(operation.Method), operation.Address(Operation.Anything) + (isTried ? "?dry_run=true" : ""),
            operation.BodyType is { } type ? TestApi.Content("{}", type) : null, token);
    }

    /// <summary>Who is let in may still be told that what they ask for is somebody else's.</summary>
    private static bool IsDenied(TestAnswer answer) =>
        answer.Problem == "permission-missing" && answer.Detail.StartsWith("This needs the scope", StringComparison.Ordinal);

    private static bool Covers(IEnumerable<string> permitted, string needed) =>
        permitted.Any(p => p.Split(':').Zip(needed.Split(':')).All(part => part.First == "*" || part.First == part.Second));
}
