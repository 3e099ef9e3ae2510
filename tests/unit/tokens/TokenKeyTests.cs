using OpsDb.Kernel;
using OpsDb.Tokens;

namespace OpsDb.UnitTests.Tokens;

public sealed class TokenKeyTests
{
    private const string Counting = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    // Computed by printf %s TEXT | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY, of the token and of "opsdb token key".
    [Test]
    public void What_is_stored_of_a_token_and_of_its_key_cannot_change_any_more()
    {
        var key = TokenKey.Parse(Counting);
        Assert.That(key.Id, Is.EqualTo("4e7c04d8"));
        Assert.That(key.Hash("opsdb_pat_x"), Is.EqualTo("1f9cfcb402b16442f6a5763712e9532ccdd5c64f326e12d3d4decb00cbd40c51"));
        Assert.That(key.Hash("opsdb_svc_0123456789ABCDEFGHIJKLMNOPQRST2rp20e"),
            Is.EqualTo("3958756eab8ac7d4b0567f381b3088d99f8400101a1e9f48dd42852e1cdb947e"));
        Assert.That(key.ToString(), Is.EqualTo(key.Id), "a key is never shown");
    }

    [TestCase("0000000000000000000000000000000000000000000000000000000000000000", "can be guessed")]
    [TestCase("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "can be guessed")]
    [TestCase("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "can be guessed")]
    [TestCase("00010203040506070809", "at least 64 hexadecimal digits")]
    [TestCase(Counting + "0", "even number")]
    [TestCase("zz" + Counting, "hexadecimal")]
    public void A_key_that_is_too_short_or_not_random_is_refused(string key, string said)
    {
        var settings = Read(("API_TOKEN_KEY", key));
        Assert.That(settings.Mistakes, Has.One.StartsWith("API_TOKEN_KEY ").And.One.Contains(said));
        Assert.That(string.Concat(settings.Mistakes), Does.Not.Contain(key), "a secret is not shown");
        Assert.That(Read(("API_TOKEN_KEY", Counting), ("API_TOKEN_KEY_PREVIOUS", key)).Mistakes,
            Has.One.StartsWith("API_TOKEN_KEY_PREVIOUS ").And.One.Contains(said));
    }

    [Test]
    public void Random_keys_are_taken()
    {
        for (var i = 0; i < 100; i++)
            Assert.That(TokenKey.WhyNot(Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))), Is.Null);
    }

    [Test]
    public void The_previous_key_is_another_one() =>
        Assert.That(Read(("API_TOKEN_KEY", Counting), ("API_TOKEN_KEY_PREVIOUS", Counting.ToUpperInvariant())).Mistakes, Has.One.Contains("not the same one"));

    private static Settings Read(params (string Name, string Value)[] values)
    {
        var settings = new Settings(name => values.FirstOrDefault(v => v.Name == name).Value);
        TokenOptions.Read(settings);
        return settings;
    }
}
