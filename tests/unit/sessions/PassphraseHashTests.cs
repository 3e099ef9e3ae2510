using OpsDb.Sessions;

namespace OpsDb.UnitTests.Sessions;

/// <summary>Passphrases as they are kept.</summary>
public sealed class PassphraseHashTests
{
    [Test]
    public void A_hash_is_of_its_passphrase_and_no_other_and_has_a_salt_of_its_own()
    {
        var hash = PassphraseHash.Of("moon over the plain");
        Assert.That((hash.Matches("moon over the plain"), hash.Matches("moon over the plaim"), hash.IsWeak), Is.EqualTo((true, false, false)));
        Assert.That(PassphraseHash.Parse($"{hash}")!.Matches("moon over the plain"), Is.True);
        Assert.That($"{PassphraseHash.Of("moon over the plain")}", Is.Not.EqualTo($"{hash}"));
        Assert.That(PassphraseHash.OfNobody.Matches("moon over the plain"), Is.False);
    }

    /// <summary>As the reference implementation hashes it: argon2 -id -t 2 -k 256 -p 1.</summary>
    [Test]
    public void What_others_have_hashed_is_read() =>
        Assert.That(PassphraseHash.Parse("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            Has.Property("Memory").EqualTo(256).And.Property("Passes").EqualTo(2).And.Property("IsWeak").True);

    [Test]
    public void The_same_letters_from_another_keyboard_are_the_same() =>
        Assert.That(PassphraseHash.Of("na\u00efve observers").Matches("nai\u0308ve observers"), Is.True);

    [TestCase("")]
    [TestCase("$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("$argon2id$v=19$m=19456,t=2,p=1$c29t$AAAA")]
    public void What_is_no_hash_is_none(string text) => Assert.That(PassphraseHash.Parse(text), Is.Null);

    [TestCase("elevenchars")]
    [TestCase("observer observer")]
    [TestCase("Observer-Observer")]
    [TestCase("PasswordPassword")]
    [TestCase("abababababababab")]
    public void What_is_guessed_first_is_refused(string passphrase) => Assert.That(Passphrases.Fault(passphrase, "observer"), Is.Not.Null);

    [TestCase("moon over the plain")]
    [TestCase("\u6708\u304c\u7a7a\u306b\u51fa\u3066\u3044\u308b\u591c\u306e\u7802\u6f20")]
    public void Any_other_is_taken(string passphrase) => Assert.That(Passphrases.Fault(passphrase, "observer"), Is.Null);
}
