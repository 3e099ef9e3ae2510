using OpsDb.Kernel;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Sources;

internal sealed class ResolverAddressTests
{
    [TestCase("", 0)]
    [TestCase("ned=https://example.org/lookup?name={name}", 1)]
    [TestCase("simbad=https://example.org/a?q='{name}'  ned=https://example.org/{name}", 2)]
    public void Resolvers_are_asked_in_the_order_of_the_setting(string text, int count)
    {
        var (options, settings) = Read(text);
        Assert.That((options.Addresses.Count, settings.Mistakes.Count, settings.Warnings.Count), Is.EqualTo((count, 0, 0)));
    }

    [TestCase("https://example.org/{name}")]
    [TestCase("vizier=https://example.org/{name}")]
    [TestCase("ned=https://example.org/")]
    [TestCase("ned=https://{name}/")]
    [TestCase("ned=https://{name}.example.org/")]
    [TestCase("ned=https://example.org{name}/")]
    [TestCase("ned=https://example.org:{name}/")]
    [TestCase("ned=https://user:word@example.org/{name}")]
    [TestCase("ned=https://example.org/#{name}")]
    [TestCase("ned=file:///etc/{name}")]
    [TestCase("ned=ftp://example.org/{name}")]
    [TestCase("ned=/{name}")]
    [TestCase("ned={name}")]
    public void What_could_lead_elsewhere_is_a_mistake(string text)
    {
        var (options, settings) = Read(text);
        Assert.That((options.Addresses.Count, settings.Mistakes.Count), Is.EqualTo((0, 1)));
        Assert.That(settings.Mistakes[0], Does.StartWith("SOURCE_RESOLVERS has an entry that is wrong"));
    }

    [Test]
    public void An_address_without_TLS_is_warned_of_unless_it_is_this_machine()
    {
        Assert.That(Read("ned=http://example.org/{name}").Settings.Warnings, Has.Count.EqualTo(1));
        Assert.That(Read("ned=http://127.0.0.1:8000/{name}").Settings.Warnings, Is.Empty);
    }

    [TestCase("IRC+10216", "https://example.org/a/IRC%2B10216")]
    [TestCase("../b?c#d", "https://example.org/a/..%2Fb%3Fc%23d")]
    [TestCase("@other.example/", "https://example.org/a/%40other.example%2F")]
    [TestCase("{name}", "https://example.org/a/%7Bname%7D")]
    public void A_name_is_encoded(string name, string address) =>
        Assert.That(ResolverAddress.Parse("ned=https://example.org/a/{name}").Of(name).AbsoluteUri, Is.EqualTo(address));

    private static (ResolverOptions Options, Settings Settings) Read(string text)
    {
        var settings = new Settings(name => name == "SOURCE_RESOLVERS" ? text : null);
        return (ResolverOptions.Read(settings), settings);
    }
}
