using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.SettingsChecks;

/// <summary>What settings of TLS are taken, refused, or taken with a warning.</summary>
public sealed class TlsSettingsTests
{
    private readonly TestAuthority authority = new();

    [TearDown]
    public void RemoveFiles() => authority.Dispose();

    [TestCase("http://127.0.0.1:8000")]
    [TestCase("http://localhost:8000")]
    [TestCase("http://[::1]:8000")]
    [TestCase("http://127.0.0.1:8000, http://[::1]:8000")]
    public void Plain_HTTP_is_taken_on_this_machine(string url) => Assert.That(Mistakes(("HTTP_URL", url)), Is.Empty);

    [TestCase("http://0.0.0.0:8000")]
    [TestCase("http://[::]:8000")]
    [TestCase("http://192.0.2.1:8000")]
    [TestCase("http://127.0.0.1:8000,http://192.0.2.1:8000")]
    public void Plain_HTTP_beyond_this_machine_is_refused_unless_a_proxy_ends_TLS(string url)
    {
        Assert.That(Mistakes(("HTTP_URL", url)), Has.One.Items.And.One.Contains("HTTP_ALLOW_PLAIN"));
        Assert.That(Mistakes(("HTTP_URL", url), ("HTTP_ALLOW_PLAIN", "true")), Is.Empty);
    }

    [TestCase("http://opsdb.example:8000")]
    [TestCase("http://127.0.0.1:8000/api")]
    [TestCase("ftp://127.0.0.1:8000")]
    [TestCase("http://127.0.0.1:99999")]
    [TestCase(",")]
    public void An_address_at_which_nothing_can_listen_is_refused(string url) =>
        Assert.That(Mistakes(("HTTP_URL", url)), Has.One.StartsWith("HTTP_URL is an address like"));

    [Test]
    public void HTTPS_needs_a_certificate_and_its_own_key()
    {
        var (certificate, key) = authority.Issue("one");
        var (_, other) = authority.Issue("other");
        (string, string)[] https = [("HTTP_URL", "https://0.0.0.0:8443")];
        Assert.That(Mistakes(https), Has.One.Contains("there is no certificate for it"));
        Assert.That(Mistakes([.. https, ("HTTP_TLS_CERTIFICATE", certificate)]), Has.One.Contains("set together"));
        Assert.That(Mistakes([.. https, ("HTTP_TLS_CERTIFICATE", certificate), ("HTTP_TLS_KEY", other)]), Has.One.Contains("no certificate with its key"));
        Assert.That(Mistakes([.. https, ("HTTP_TLS_CERTIFICATE", certificate), ("HTTP_TLS_KEY", "/nowhere/key")]),
            Has.One.EqualTo("HTTP_TLS_KEY names a file that cannot be read: /nowhere/key"));
        Assert.That(Mistakes([.. https, ("HTTP_TLS_CERTIFICATE", certificate), ("HTTP_TLS_KEY", key)]), Is.Empty);
    }

    [TestCase("postgres")]
    [TestCase("ChangeMe")]
    public void A_password_that_anybody_would_try_is_refused_over_a_network(string password)
    {
        Assert.That(Mistakes(("MAIN_DB_HOST", "db.example"), ("MAIN_DB_PASSWORD", password)),
            Has.One.StartsWith("MAIN_DB_PASSWORD is a password that anybody"));
        Assert.That(Mistakes(("MAIN_DB_HOST", "127.0.0.1"), ("MAIN_DB_PASSWORD", password)), Is.Empty);
        Assert.That(Mistakes(("MAIN_DB_HOST", "db.example"), ("MAIN_DB_PASSWORD", "five worn boots")), Is.Empty);
    }

    [TestCase("prefer", "1 warning")]
    [TestCase("disable", "1 warning")]
    [TestCase("require", "no warning")]
    [TestCase("verify-full", "no warning")]
    public void A_database_that_may_be_reached_without_TLS_over_a_network_is_warned_of(string mode, string expected)
    {
        var warnings = Read(("MAIN_DB_HOST", "db.example"), ("LOCAL_DB_HOST", ""), ("MAIN_DB_SSL_MODE", mode)).Settings.Warnings;
        Assert.That(warnings.Count == 0 ? "no warning" : $"{warnings.Count} warning", Is.EqualTo(expected));
        Assert.That(warnings, Is.All.Contain("MAIN_DB_SSL_MODE"));
    }

    [Test]
    public void The_modes_of_a_database_are_those_of_libpq_and_its_files_belong_to_them()
    {
        Assert.That(Mistakes(("MAIN_DB_SSL_MODE", "on")),
            Has.One.EqualTo("MAIN_DB_SSL_MODE is one of disable, prefer, require, verify-ca, verify-full, not 'on'"));
        Assert.That(Mistakes(("LOCAL_DB_SSL_ROOT_CERT", authority.AuthorityFile)), Has.One.Contains("checks no certificate"));
        Assert.That(Mistakes(("MAIN_DB_SSL_CERT", authority.AuthorityFile)), Has.One.Contains("set together"));
        var (certificate, key) = authority.Issue("client");
        var read = Read(("MAIN_DB_SSL_MODE", "verify-full"), ("MAIN_DB_SSL_ROOT_CERT", authority.AuthorityFile), ("MAIN_DB_SSL_CERT", certificate),
            ("MAIN_DB_SSL_KEY", key),
            ("PROMOTABLE_STANDBYS", "db2.example:5432"));
        Assert.That(read.Settings.Mistakes, Is.Empty);
        Assert.That(read.Options.Database.Standbys.Values.Single(),
            Does.Contain("SSL Mode=VerifyFull").And.Contain(authority.AuthorityFile).And.Contain(certificate), "standbys are reached as the primary is");
    }

    [Test]
    public void Redis_over_a_network_is_warned_of_without_TLS_and_files_for_it_alone_are_refused()
    {
        Assert.That(Read(("REDIS_HOST", "redis.example")).Settings.Warnings, Has.One.Contains("REDIS_TLS=true"));
        Assert.That(Read(("REDIS_HOST", "redis.example"), ("REDIS_TLS", "true")).Settings.Warnings, Is.Empty);
        Assert.That(Mistakes(("REDIS_TLS_CA", authority.AuthorityFile)), Has.One.Contains("REDIS_TLS is false"));
    }

    private static IReadOnlyList<string> Mistakes(params (string Name, string Value)[] changes) => Read(changes).Settings.Mistakes;

    private static (Settings Settings, DataApiSettings Options) Read(params (string Name, string Value)[] changes)
    {
        var values = new Dictionary<string, string>
        {
            ["SITE_NAME"] = "observatory",
            ["SITE_TYPE"] = "secondary",
            ["API_TOKEN_KEY"] = TestTokens.Key,
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PASSWORD"] = "five worn boots",
        };
        foreach (var database in (string[])["MAIN", "LOCAL"])
            (values[$"{database}_DB_HOST"], values[$"{database}_DB_USER"], values[$"{database}_DB_PASSWORD"],
                values[$"{database}_DB_NAME"]) = ("127.0.0.1", "opsdb", "five worn boots", "opsdb");
        foreach (var (name, value) in changes)
            values[name] = value;
        if (values["LOCAL_DB_HOST"].Length == 0)
            (values["SITE_TYPE"], values["SITE_NAME"]) = ("main", "main");
        var settings = new Settings(values.GetValueOrDefault);
        return (settings, DataApiSettings.Read(settings));
    }
}
