using OpsDb.Tokens;

namespace OpsDb.UnitTests.Tokens;

internal sealed class TokenTextTests
{
    // The checksum was computed with another program's CRC-32.
    [TestCase("opsdb_pat_ABCDEFGHIJKLMNOPQRSTUVWXYZ01230JbXOK", true)]
    [TestCase("opsdb_pat_ACBDEFGHIJKLMNOPQRSTUVWXYZ01230JbXOK", false)]
    [TestCase("opsdb_pat_ABCDEFGHIJKLMNOPQRSTUVWXYZ01230JbXO", false)]
    public void A_text_is_a_token_if_its_checksum_is_the_CRC_32_of_the_rest(string text, bool wellFormed) =>
        Assert.That(TokenText.IsWellFormed(text), Is.EqualTo(wellFormed));
}
