using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.ForeignTokens;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Users;

namespace OpsDb.UnitTests.ForeignTokens;

/// <summary>Which tokens of an identity provider are accepted, and how seldom it is asked.</summary>
public sealed class ForeignAuthenticatorTests
{
    private readonly ManualClock clock = new();
    private readonly FakeIssuer issuer = new();
    private readonly Site site = new();

    [TearDown]
    public void End() => issuer.Dispose();

    [Test]
    public async Task A_token_speaks_for_the_user_of_its_account()
    {
        var principal = await PassesAsync(With(), Token());
        Assert.That((principal.Actor, string.Join(' ', principal.Scopes)), Is.EqualTo((new Actor("ada"), "read:* write:sources")));
    }

    [TestCase("openid profile", "read:* write:sources", TestName = "Scopes of the provider's own say nothing")]
    [TestCase("openid read:sources write:executions", "read:sources", TestName = "A scope narrows, and never widens")]
    [TestCase("*:*", "read:* write:sources", TestName = "Everything is what the user may do")]
    public async Task A_token_permits_what_its_scopes_and_its_user_s_roles_have_in_common(string scope, string permitted) =>
        Assert.That(string.Join(' ', (await PassesAsync(With(), Token(c => c["scope"] = scope))).Scopes), Is.EqualTo(permitted));

    [Test]
    public async Task The_keys_are_read_once_for_many_tokens()
    {
        var authenticator = With();
        for (var i = 0; i < 20; i++)
            await PassesAsync(authenticator, Token(c => c["jti"] = $"{i}"));
        Assert.That(issuer.Reads, Is.EqualTo(1));
    }

    [Test]
    public async Task An_elliptic_key_signs_as_well()
    {
        var key = issuer.Publish("elliptic", elliptic: true);
        await PassesAsync(With(), FakeIssuer.Jwt(new { alg = "ES256", kid = "elliptic" }, Claims(), t => FakeIssuer.Sign(key, t)));
    }

    [Test]
    public async Task A_token_that_is_not_signed_by_the_provider_is_refused()
    {
        var authenticator = With();
        await PassesAsync(authenticator, Token());
        using var foreign = RSA.Create(2048);
        var pem = Encoding.ASCII.GetBytes(issuer.First.ExportSubjectPublicKeyInfoPem());
        (string Name, string Token)[] wrong =
        [
            ("none", FakeIssuer.Jwt(new { alg = "none" }, Claims(), _ => [])),
            ("None", FakeIssuer.Jwt(new { alg = "nOnE", kid = "first" }, Claims(), _ => [])),
            ("no alg", FakeIssuer.Jwt(new { kid = "first" }, Claims(), t => FakeIssuer.Sign(issuer.First, t))),
            ("HS256 under the public key", FakeIssuer.Jwt(new { alg = "HS256", kid = "first" }, Claims(), t => HMACSHA256.HashData(pem, t))),
            ("HS256 under a key of the set", FakeIssuer.Jwt(new { alg = "HS256", kid = "shared" }, Claims(),
                t => HMACSHA256.HashData(FakeIssuer.Shared, t))),
            ("a foreign key", FakeIssuer.Jwt(new { alg = "RS256", kid = "first" }, Claims(), t => FakeIssuer.Sign(foreign, t))),
            ("a foreign key without a name", FakeIssuer.Jwt(new { alg = "RS256" }, Claims(), t => FakeIssuer.Sign(foreign, t))),
            ("a foreign key that it brings", FakeIssuer.Jwt(new
            {
                alg = "RS256",
                jwk = new { kty = "RSA", n = Convert.ToBase64String(foreign.ExportParameters(false).Modulus!), e = "AQAB" },
            }, Claims(), t => FakeIssuer.Sign(foreign, t))),
            ("an allowed name for another algorithm", FakeIssuer.Jwt(new { alg = "ES256", kid = "first" }, Claims(), t => FakeIssuer.Sign(issuer.First, t))),
            ("an algorithm that is not allowed", FakeIssuer.Jwt(new { alg = "RS512", kid = "first" }, Claims(),
                t => issuer.First.SignData(t, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1))),
            ("no signature", Token()[..(Token().LastIndexOf('.') + 1)]),
            ("another token's signature", $"{Token(c => c["sub"] = "b")[..Token(c => c["sub"] = "b").LastIndexOf('.')]}{Token()[Token().LastIndexOf('.')..]}"),
            ("what must be understood", FakeIssuer.Jwt(new { alg = "RS256", kid = "first", crit = (string[])["b64"], b64 = false }, Claims(),
                t => FakeIssuer.Sign(issuer.First, t))),
            ("another kind of JWT", FakeIssuer.Jwt(new { alg = "RS256", kid = "first", typ = "logout+jwt" }, Claims(), t => FakeIssuer.Sign(issuer.First, t))),
        ];
        foreach (var (name, token) in wrong)
            Assert.That(await RefusalAsync(authenticator, token), Is.EqualTo("token-not-accepted").Or.EqualTo("token-malformed"), name);
        Assert.That(issuer.Reads, Is.EqualTo(1));
    }

    [TestCase("aud", "another", "token-not-accepted")]
    [TestCase("aud", null, "token-not-accepted")]
    [TestCase("iss", "https://login.example.org/", "token-not-accepted")]
    [TestCase("iss", null, "token-not-accepted")]
    [TestCase("sub", null, "token-not-accepted")]
    [TestCase("sub", "", "token-not-accepted")]
    [TestCase("exp", null, "token-not-accepted")]
    [TestCase("exp", -31.0, "token-expired")]
    [TestCase("exp", -29.0, null, Description = "within the skew of the clocks")]
    [TestCase("nbf", 31.0, "token-not-accepted")]
    [TestCase("nbf", 29.0, null)]
    [TestCase("cnf", "a key", "token-not-accepted")]
    [TestCase("sub", "nobody", "account-unknown")]
    [TestCase("sub", "disabled", "token-unknown")]
    public async Task Claims_are_those_of_an_access_token_for_this_API(string claim, object? value, string? refusal) =>
        Assert.That(await RefusalAsync(With(), Token(c =>
        {
            c.Remove(claim);
            if (value is not null)
                c[claim] = value is double seconds ? clock.Now.ToUnixTimeSeconds() + (long)seconds : value;
        })), Is.EqualTo(refusal));

    [Test]
    public async Task A_remembered_token_ends_when_its_time_is_over()
    {
        var authenticator = With();
        var token = Token();
        await PassesAsync(authenticator, token);
        clock.Now += TimeSpan.FromHours(2);
        clock.Pass(TimeSpan.FromSeconds(6));
        Assert.That(await RefusalAsync(authenticator, token), Is.EqualTo("token-expired"));
    }

    [Test]
    public async Task New_keys_are_found_and_a_flood_of_unknown_ones_reads_them_once()
    {
        var authenticator = With();
        await PassesAsync(authenticator, Token());
        clock.Now += TimeSpan.FromMinutes(6);
        using var foreign = RSA.Create(2048);
        for (var i = 0; i < 200; i++)
        {
            var token = FakeIssuer.Jwt(new { alg = "RS256", kid = $"unknown {i}" }, Claims(), t => FakeIssuer.Sign(foreign, t));
            Assert.That(await RefusalAsync(authenticator, token), Is.EqualTo("token-not-accepted"));
        }
        Assert.That(issuer.Reads, Is.EqualTo(2));

        var second = issuer.Publish("second");
        issuer.Withdraw("first");
        clock.Now += TimeSpan.FromMinutes(6);
        await PassesAsync(authenticator, FakeIssuer.Jwt(new { alg = "RS256", kid = "second" }, Claims(), t => FakeIssuer.Sign(second, t)));
        Assert.That(issuer.Reads, Is.EqualTo(3));
    }

    [Test]
    public async Task While_the_provider_is_away_its_keys_are_believed_for_a_time_also_by_a_new_process()
    {
        var kept = new Kept();
        await PassesAsync(With(kept: kept), Token());
        issuer.IsAway = true;
        clock.Now += TimeSpan.FromDays(6);
        var another = With(kept: kept);
        await PassesAsync(another, Token());
        clock.Now += TimeSpan.FromDays(2);
        Assert.That(await RefusalAsync(another, Token(c => c["jti"] = "1")), Is.EqualTo("identity-provider-unreachable"));
        issuer.IsAway = false;
        clock.Now += TimeSpan.FromMinutes(6);
        await PassesAsync(another, Token(c => c["jti"] = "2"));
    }

    [Test]
    public async Task Garbage_is_refused_and_nobody_is_asked()
    {
        var (authenticator, random) = (With(), new Random(1));
        string[] parts = ["", "e30", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOlsxXX0", "bnVsbA", "W10", "eyJpc3MiOjF9", "_-_-", new('A', 5000)];
        for (var i = 0; i < 10_000; i++)
        {
            var token = string.Join('.', Enumerable.Range(0, random.Next(1, 6)).Select(_ => parts[random.Next(parts.Length)]));
            try
            {
                Assert.That(await authenticator.AuthenticateAsync(token, CancellationToken.None), Is.Null, token);
            }
            catch (TokenRefusedException)
            {
            }
        }
        Assert.That(await RefusalAsync(authenticator, $"{Token(c => c["x"] = new string('x', 20_000))}"), Is.EqualTo("token-malformed"));
        Assert.That((issuer.Reads, issuer.Questions), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task The_provider_is_asked_about_a_token_that_says_nothing_once_in_a_minute()
    {
        var authenticator = With(introspects: true);
        var end = clock.Now.AddHours(1).ToUnixTimeSeconds();
        issuer.Known["opaque"] = new { active = true, iss = FakeIssuer.Address, aud = FakeIssuer.Audience, sub = "a", exp = end, scope = "read:sources" };
        issuer.Known["other"] = new { active = true, aud = "another", sub = "a", exp = end };
        for (var i = 0; i < 10; i++)
            Assert.That(string.Join(' ', (await PassesAsync(authenticator, "opaque")).Scopes), Is.EqualTo("read:sources"));
        Assert.That(issuer.Questions, Is.EqualTo(1));
        Assert.That(await RefusalAsync(authenticator, "other"), Is.EqualTo("token-not-accepted"));
        Assert.That(await RefusalAsync(authenticator, "unknown"), Is.EqualTo("token-unknown"));
        Assert.That(await RefusalAsync(authenticator, "a b"), Is.EqualTo("token-malformed"));
        issuer.Known.Clear();
        clock.Pass(TimeSpan.FromSeconds(61));
        Assert.That(await RefusalAsync(authenticator, "opaque"), Is.EqualTo("token-unknown"));
        issuer.IsAway = true;
        clock.Pass(TimeSpan.FromSeconds(61));
        Assert.That(await RefusalAsync(authenticator, "opaque"), Is.EqualTo("identity-provider-unreachable"));
        Assert.That(await With().AuthenticateAsync("opaque", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Somebody_new_is_admitted_where_the_settings_say_so()
    {
        var authenticator = With(admits: true);
        Assert.That((await PassesAsync(authenticator, Token(c => c["sub"] = "new"))).Actor.User, Is.EqualTo("newcomer"));
        Assert.That(await RefusalAsync(authenticator, Token(c => c["sub"] = "taken")), Is.EqualTo("user-not-linked"));
    }

    private IForeignAuthenticator With(IKeptKeys? kept = null, bool introspects = false, bool admits = false) => new ServiceCollection()
        .AddLogging()
        .AddSingleton<TimeProvider>(clock)
        .AddSingleton<IIssuer>(issuer)
        .AddSingleton(kept ?? new Kept())
        .AddSingleton<IForeignUsers>(site)
        .AddSingleton<IAccounts>(site)
        .AddForeignTokens(new(FakeIssuer.Address, FakeIssuer.Audience)
        {
            Admit = admits,
            Introspection = introspects ? new(new("https://login.example.org/introspect"), "opsdb", "secret") : null,
        })
        .BuildServiceProvider().GetRequiredService<IForeignAuthenticator>();

    private Dictionary<string, object> Claims() => new()
    {
        ["iss"] = FakeIssuer.Address,
        ["aud"] = FakeIssuer.Audience,
        ["sub"] = "a",
        ["preferred_username"] = "newcomer",
        ["exp"] = clock.Now.AddHours(1).ToUnixTimeSeconds(),
    };

    private string Token(Action<Dictionary<string, object>>? change = null)
    {
        var claims = Claims();
        change?.Invoke(claims);
        return FakeIssuer.Jwt(new { alg = "RS256", kid = "first", typ = "at+jwt" }, claims, t => FakeIssuer.Sign(issuer.First, t));
    }

    private static async Task<Principal> PassesAsync(IForeignAuthenticator authenticator, string token) =>
        await authenticator.AuthenticateAsync(token, CancellationToken.None) ?? throw new InvalidOperationException("it is not taken for such a token");

    private static async Task<string?> RefusalAsync(IForeignAuthenticator authenticator, string token)
    {
        try
        {
            await PassesAsync(authenticator, token);
            return null;
        }
        catch (ProblemException e)
        {
            return e.Problem.Code;
        }
    }

    private sealed class Kept : IKeptKeys
    {
        private KeptKeys? keys;

        public Task<KeptKeys?> FindAsync(string issuer, CancellationToken ct) => Task.FromResult(keys);

        public Task SaveAsync(string issuer, KeptKeys keys, CancellationToken ct) => Task.FromResult(this.keys = keys);
    }

    /// <summary>Who is known here.</summary>
    private sealed class Site : IForeignUsers, IAccounts
    {
        public Task<string?> FindAsync(string issuer, string subject, CancellationToken ct) =>
            Task.FromResult(subject switch { "a" => "ada", "disabled" => "disabled", _ => null });

        public Task<string> AdmitAsync(ForeignUser foreign, CancellationToken ct) => foreign.Subject == "taken"
            ? throw new RefusalException(UsersProblems.UserNotLinked, "There is a user of the name.") : Task.FromResult(foreign.Name);

        public Task<Account?> FindAsync(string name, CancellationToken ct) =>
            Task.FromResult<Account?>(new(1, name, UserKind.Person, [], ["read:*", "write:sources"]) { IsDisabled = name == "disabled" });
    }
}
