using OpsDb.Sessions;

namespace OpsDb.UnitTests.Sessions;

/// <summary>Codes by time.</summary>
public sealed class TotpTests
{
    /// <summary>"12345678901234567890".</summary>
    private const string Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    /// <summary>RFC 6238, appendix B, the last six digits.</summary>
    [TestCase(59, "287082")]
    [TestCase(1111111109, "081804")]
    [TestCase(1234567890, "005924")]
    [TestCase(2000000000, "279037")]
    public void Codes_are_those_of_the_standard(long seconds, string code) =>
        Assert.That(Totp.CodeAt(Secret, DateTimeOffset.FromUnixTimeSeconds(seconds)), Is.EqualTo(code));

    [TestCase(-61, false)]
    [TestCase(-30, true)]
    [TestCase(0, true)]
    [TestCase(30, true)]
    [TestCase(60, false)]
    public void A_code_is_taken_while_clocks_differ_a_little(int seconds, bool isTaken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1111111110);
        Assert.That(Totp.StepOf(Totp.CodeAt(Secret, now.AddSeconds(seconds)), Secret, now) is not null, Is.EqualTo(isTaken));
    }

    [Test]
    public void A_secret_has_160_bits() => Assert.That(Totp.CreateSecret(), Does.Match("^[A-Z2-7]{32}$"));
}
