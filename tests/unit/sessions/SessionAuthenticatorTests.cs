using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Sessions;
using OpsDb.TestKit;
using OpsDb.Tokens;
using OpsDb.Users;

namespace OpsDb.UnitTests.Sessions;

/// <summary>How long sessions last.</summary>
public sealed class SessionAuthenticatorTests
{
    private static readonly TokenKey Key = new([.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))]);
    private static readonly SessionOptions Options = new(TimeSpan.FromHours(8), TimeSpan.FromHours(24));

    private readonly ManualClock clock = new();
    private readonly SessionSecret secret = SessionSecret.Create(Guid.CreateVersion7());
    private readonly Rows rows = new();

    [SetUp]
    public void Open() => rows.Session = new()
    {
        Id = secret.Session,
        UserName = "observer",
        SecretHash = Key.Hash(secret.Text),
        Method = SignInMethod.Local,
        SignedInAt = clock.Now,
        ExpiresAt = clock.Now + Options.Lifetime,
    };

    [Test]
    public async Task A_session_that_is_used_lasts_until_its_end()
    {
        var sessions = With(new ProcessMemory(clock));
        for (var hours = 0; hours < 24; hours += 6)
        {
            Assert.That(await RefusalAsync(sessions), Is.Null);
            Pass(TimeSpan.FromHours(6));
        }
        Assert.That(await RefusalAsync(sessions), Is.EqualTo("session-expired"));
    }

    [Test]
    public async Task One_that_is_not_used_is_over_at_every_process()
    {
        var memory = new ProcessMemory(clock);
        var (sessions, others) = (With(memory), With(memory));
        Assert.That(await RefusalAsync(sessions), Is.Null);
        Pass(TimeSpan.FromHours(7));
        Assert.That(await RefusalAsync(others), Is.Null);
        Pass(TimeSpan.FromHours(7));
        Assert.That(await RefusalAsync(sessions), Is.Null, "it was used at another process");
        Pass(TimeSpan.FromHours(8));
        Assert.That((await RefusalAsync(sessions), await RefusalAsync(others)), Is.EqualTo(("session-idle", "session-idle")));
    }

    [Test]
    public async Task Without_the_site_s_memory_nobody_is_locked_out_and_the_end_is_the_end()
    {
        var sessions = With(new Away());
        Pass(TimeSpan.FromHours(12));
        Assert.That(await RefusalAsync(sessions), Is.Null);
        Pass(TimeSpan.FromHours(12));
        Assert.That(await RefusalAsync(sessions), Is.EqualTo("session-expired"));
    }

    [Test]
    public async Task Another_secret_is_none()
    {
        var sessions = With(new ProcessMemory(clock));
        Assert.That(await RefusalAsync(sessions, SessionSecret.Create(secret.Session).Text), Is.EqualTo("session-unknown"));
        Assert.That(await RefusalAsync(sessions, "x"), Is.EqualTo("session-unknown"));
        Assert.That($"{secret}", Does.Not.Contain(secret.Text));
    }

    private void Pass(TimeSpan time)
    {
        clock.Now += time;
        clock.Pass(time);
    }

    private async Task<string?> RefusalAsync(SessionAuthenticator sessions, string? cookie = null)
    {
        try
        {
            await sessions.AuthenticateAsync(cookie ?? secret.Text, CancellationToken.None);
            return null;
        }
        catch (TokenRefusedException e)
        {
            return e.Reason;
        }
    }

    private SessionAuthenticator With(ISiteMemory memory)
    {
        var services = new ServiceCollection().AddScoped<IAccounts, Observers>().BuildServiceProvider();
        return new(rows, services.GetRequiredService<IServiceScopeFactory>(), new("main", SiteType.Main, false),
            new(Key, TimeSpan.FromSeconds(5)), new(memory, Options, clock), clock);
    }

    private sealed class Rows : ISessionRows
    {
        public UserSession? Session { get; set; }

        public Task<UserSession?> FindAsync(Guid id, CancellationToken ct) => Task.FromResult(Session?.Id == id ? Session : null);
    }

    private sealed class Observers : IAccounts
    {
        public Task<Account?> FindAsync(string name, CancellationToken ct) =>
            Task.FromResult<Account?>(new(1, name, UserKind.Person, ["observer"], ["read:*"]));
    }
}
