using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Tokens;
using OpsDb.Users;

namespace OpsDb.UnitTests.Tokens;

/// <summary>Which tokens are accepted, while keys are rotated and after they are revoked.</summary>
public sealed class AuthenticatorTests
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(5);

    private readonly TokenKey older = Key(1), newer = Key(2), stranger = Key(3);
    private readonly string text = TokenText.Create(TokenKind.Svc);
    private readonly Known known = new();
    private readonly ManualClock clock = new();

    [Test]
    public async Task A_token_speaks_for_its_user_with_its_scopes()
    {
        known.Add(Token(newer));
        var principal = await With(newer).AuthenticateAsync(text, null, CancellationToken.None);
        Assert.That((principal.Actor.User, principal.Actor.Token, string.Join(' ', principal.Scopes)), Is.EqualTo(("observer", known.Single().Id, "read:*")));
    }

    [Test]
    public async Task While_both_keys_are_given_a_token_under_either_is_accepted()
    {
        known.Add(Token(older));
        Assert.That(await RefusalAsync(With(newer)), Is.EqualTo("token-unknown"));
        Assert.That(await RefusalAsync(With(newer, older)), Is.Null);
        known.Clear();
        known.Add(Token(newer));
        Assert.That(await RefusalAsync(With(newer, older)), Is.Null);
        Assert.That(await RefusalAsync(With(stranger, older)), Is.EqualTo("token-unknown"));
    }

    [Test]
    public async Task A_revoked_token_is_refused_as_soon_as_the_memory_of_it_is_over()
    {
        known.Add(Token(newer));
        var authenticator = With(newer);
        Assert.That(await RefusalAsync(authenticator), Is.Null);
        known[0] = known[0] with { RevokedAt = clock.GetUtcNow() };
        clock.Pass(CacheTime);
        Assert.That(await RefusalAsync(authenticator), Is.EqualTo("token-unknown"));
    }

    [Test]
    public async Task A_token_is_looked_up_once_within_that_time()
    {
        known.Add(Token(newer));
        var authenticator = With(newer, older);
        for (var i = 0; i < 10; i++)
            await authenticator.AuthenticateAsync(text, null, CancellationToken.None);
        Assert.That(known.Asked, Is.EqualTo(1));
    }

    [Test]
    public async Task An_expired_token_is_refused_although_it_is_remembered()
    {
        known.Add(Token(newer));
        var authenticator = With(newer);
        Assert.That(await RefusalAsync(authenticator), Is.Null);
        clock.Now = known[0].ExpiresAt;
        Assert.That(await RefusalAsync(authenticator), Is.EqualTo("token-expired"));
    }

    [Test]
    public async Task What_is_no_token_asks_nobody()
    {
        Assert.That(await RefusalAsync(With(newer), text[..^1]), Is.EqualTo("token-malformed"));
        Assert.That(known.Asked, Is.Zero);
    }

    [Test]
    public async Task A_token_permits_no_more_than_its_user_may_do()
    {
        known.Add(Token(newer) with { Scopes = ["read:sources", "write:*", "*:tokens"] });
        known.Account = known.Account! with { Permissions = ["read:*", "write:executions"] };
        var principal = await With(newer).AuthenticateAsync(text, null, CancellationToken.None);
        Assert.That(principal.Scopes, Is.EquivalentTo((string[])["read:sources", "write:executions", "read:tokens"]));
    }

    [Test]
    public async Task A_token_of_nobody_or_of_a_disabled_user_is_refused()
    {
        known.Add(Token(newer));
        known.Account = known.Account! with { IsDisabled = true };
        Assert.That(await RefusalAsync(With(newer)), Is.EqualTo("token-unknown"));
        known.Account = null;
        Assert.That(await RefusalAsync(With(newer)), Is.EqualTo("token-unknown"));
    }

    [TestCase("192.0.2.7", null)]
    [TestCase("2001:db8::7", null)]
    [TestCase("192.0.3.7", "address-not-allowed")]
    [TestCase("2001:db9::7", "address-not-allowed")]
    [TestCase(null, "address-not-allowed")]
    public async Task A_token_is_accepted_from_where_it_may_be_used(string? address, string? problem)
    {
        known.Add(Token(newer) with { AllowedNetworks = ["192.0.2.0/24", "2001:db8::/32"] });
        Assert.That(await RefusalAsync(With(newer), address: address is null ? null : IPAddress.Parse(address)), Is.EqualTo(problem));
    }

    [Test]
    public async Task What_is_revoked_in_the_site_s_log_is_refused_also_while_the_log_cannot_be_read()
    {
        known.Add(Token(newer));
        var authenticator = With(newer, site: new("observatory", SiteType.Secondary, true));
        Assert.That(await RefusalAsync(authenticator), Is.Null, "nothing is pending");
        known.Pending = known[0] with { RevokedAt = clock.GetUtcNow() };
        clock.Pass(CacheTime);
        Assert.That(await RefusalAsync(authenticator), Is.EqualTo("token-unknown"));
        known.IsLogAway = true;
        clock.Pass(CacheTime);
        Assert.That(await RefusalAsync(authenticator), Is.EqualTo("token-unknown"), "it is known to be over");
    }

    [Test]
    public async Task While_the_log_cannot_be_read_the_database_s_word_will_do()
    {
        known.Add(Token(newer));
        known.IsLogAway = true;
        Assert.That(await RefusalAsync(With(newer, site: new("observatory", SiteType.Secondary, true))), Is.Null);
    }

    [Test]
    public async Task How_long_a_refusal_takes_does_not_tell_how_much_of_a_token_was_right()
    {
        known.Add(Token(newer));
        var authenticator = With(newer);
        // The one differs from a known token at once, the other at its last random character; both are well formed.
        string[] guesses = [TokenText.Create(TokenKind.Svc), Variant(text)];
        var fastest = new[] { TimeSpan.MaxValue, TimeSpan.MaxValue };
        for (var round = 0; round < 200; round++)
        {
            for (var which = 0; which < guesses.Length; which++)
            {
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < 20; i++)
                    Assert.That(await RefusalAsync(authenticator, guesses[which]), Is.EqualTo("token-unknown"));
                var took = Stopwatch.GetElapsedTime(started);
                fastest[which] = took < fastest[which] ? took : fastest[which];
            }
        }
        Assert.That(fastest[1] / fastest[0], Is.InRange(0.8, 1.25));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(63)]
    public void How_long_two_hashes_are_compared_does_not_tell_where_they_differ(int place)
    {
        const int comparisons = 200;
        var hash = newer.Hash(text);
        var other = string.Create(hash.Length, (hash, place), (to, from) =>
        {
            from.hash.CopyTo(to);
            to[from.place] = to[from.place] == '0' ? '1' : '0';
        });
        var fastest = new[] { TimeSpan.MaxValue, TimeSpan.MaxValue };
        for (var round = 0; round < 400; round++)
        {
            for (var which = 0; which < 2; which++)
            {
                var to = which == 0 ? new string(hash) : other;
                var started = Stopwatch.GetTimestamp();
                var equal = 0;
                for (var i = 0; i < comparisons; i++)
                    equal += TokenKey.AreEqual(hash, to) ? 1 : 0;
                var took = Stopwatch.GetElapsedTime(started);
                fastest[which] = took < fastest[which] ? took : fastest[which];
                Assert.That(equal, Is.EqualTo(which == 0 ? comparisons : 0));
            }
        }
        Assert.That(fastest[1] / fastest[0], Is.InRange(0.8, 1.25));
    }

    /// <summary>A well-formed token that begins with all but the last random character of another.</summary>
    private static string Variant(string token)
    {
        const int checksum = 6;
        var head = token[..^(checksum + 1)];
        var last = token[^(checksum + 1)] == '0' ? '1' : '0';
        return head + last + ChecksumOf(head + last);
    }

    private static string ChecksumOf(string head)
    {
        const string base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var crc = System.IO.Hashing.Crc32.HashToUInt32(System.Text.Encoding.ASCII.GetBytes(head));
        return string.Concat(Enumerable.Range(0, 6).Select(i => base62[(int)(crc / (uint)Math.Pow(62, 5 - i) % 62)]));
    }

    private static TokenKey Key(byte first) => new([.. Enumerable.Range(first, 32).Select(i => (byte)i)]);

    private ApiToken Token(TokenKey key) => new()
    {
        Id = Guid.CreateVersion7(),
        Name = "test",
        Kind = TokenKind.Svc,
        UserName = "observer",
        TokenHash = key.Hash(text),
        KeyId = key.Id,
        Scopes = ["read:*"],
        ExpiresAt = clock.GetUtcNow().AddHours(1),
    };

    private IAuthenticator With(TokenKey key, TokenKey? previous = null, Site? site = null) => new ServiceCollection()
        .AddKernel().AddTokens(new(key, CacheTime) { Previous = previous })
        .AddSingleton<IApiTokens>(known).AddSingleton<IAccounts>(known).AddSingleton<TimeProvider>(clock)
        .AddSingleton<IReader<ApiToken, Guid>>(known).AddSingleton(site ?? new("main", SiteType.Main, false))
        .BuildServiceProvider().GetRequiredService<IAuthenticator>();

    private async Task<string?> RefusalAsync(IAuthenticator authenticator, string? token = null, IPAddress? address = null)
    {
        try
        {
            await authenticator.AuthenticateAsync(token ?? text, address, CancellationToken.None);
            return null;
        }
        catch (RefusalException e)
        {
            return e.Problem.Code;
        }
    }

    private sealed class Known : List<ApiToken>, IApiTokens, IAccounts, IReader<ApiToken, Guid>
    {
        public int Asked { get; private set; }

        /// <summary>What the site's log makes of the token; null for nothing.</summary>
        public ApiToken? Pending { get; set; }

        public bool IsLogAway { get; set; }

        public Account? Account { get; set; } = new(1, "observer", UserKind.Person, ["viewer"], ["read:*"]);

        public Task<ApiToken?> FindByHashAsync(IReadOnlyList<string> hashes, CancellationToken ct)
        {
            Asked++;
            return Task.FromResult(Find(t => hashes.Contains(t.TokenHash)));
        }

        public Task<Account?> FindAsync(string name, CancellationToken ct) => Task.FromResult(name == "observer" ? Account : null);

        public Task<ApiToken?> FindAsync(Guid id, CancellationToken ct) =>
            IsLogAway ? throw new OutageException(Problems.LocalUnreachable, "away") : Task.FromResult(Pending ?? Find(t => t.Id == id));

        public Task<IReadOnlyDictionary<Guid, ApiToken>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<Page<ApiToken>> ListAsync(ListQuery<ApiToken> query, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<ApiToken>>(this);
    }
}
