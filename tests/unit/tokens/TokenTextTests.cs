using OpsDb.Tokens;

namespace OpsDb.UnitTests.Tokens;

/// <summary>The published form of a token, which secret scanners know: it cannot change any more.</summary>
public sealed class TokenTextTests
{
    // The last six characters are the CRC-32 (ISO-HDLC, as of zip and PNG) of all before them in base 62, most significant first. Computed by
    // printf %s HEAD | gzip -c | tail -c8 | head -c4 | od -An -tu4, and divided by 62 by hand: 2627573928 is 2, 53, 51, 2, 0, 40 and thus 2rp20e.
    [TestCase("opsdb_pat_000000000000000000000000000000", "2XiECu")]
    [TestCase("opsdb_svc_0123456789ABCDEFGHIJKLMNOPQRST", "2rp20e")]
    [TestCase("opsdb_site_UVWXYZabcdefghijklmnopqrstuvwx", "1BLibD")]
    public void A_token_is_known_by_its_checksum(string head, string checksum)
    {
        Assert.That(TokenText.IsWellFormed(head + checksum));
        Assert.That(TokenText.IsWellFormed(head + (checksum[0] == '0' ? '1' : '0') + checksum[1..]), Is.False);
    }

    [TestCase(TokenKind.Pat, "opsdb_pat_")]
    [TestCase(TokenKind.Svc, "opsdb_svc_")]
    [TestCase(TokenKind.Site, "opsdb_site_")]
    public void A_new_token_says_whom_it_is_for(TokenKind kind, string beginning)
    {
        var token = TokenText.Create(kind);
        Assert.That(token, Does.StartWith(beginning).And.Length.EqualTo(beginning.Length + 36));
        Assert.That(TokenText.IsWellFormed(token));
        Assert.That(TokenText.Create(kind), Is.Not.EqualTo(token));
    }

    [Test]
    public void Any_mistyped_or_missing_character_is_noticed()
    {
        var token = TokenText.Create(TokenKind.Pat);
        for (var i = 0; i < token.Length; i++)
        {
            Assert.That(TokenText.IsWellFormed(token[..i] + (token[i] == 'x' ? 'y' : 'x') + token[(i + 1)..]), Is.False, $"character {i}");
            Assert.That(TokenText.IsWellFormed(token.Remove(i, 1)), Is.False, $"without character {i}");
        }
        foreach (var other in (string[])["", " " + token, token + "\n", token.ToUpperInvariant()])
            Assert.That(TokenText.IsWellFormed(other), Is.False, other);
    }
}
