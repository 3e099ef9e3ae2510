using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

/// <summary>The form of <c>OpsDb-Consistency</c>, which callers carry from one site to another, whatever their releases.</summary>
public sealed class ConsistencyTokenTests
{
    private static readonly Guid Epoch = Guid.Parse("0198c0de-0000-7000-8000-00000000000a");

    // Written by hand: site, epoch without hyphens, position, timeline, and the LSN as PostgreSQL writes it (select '0/0'::pg_lsn + 42949672969).
    [Test]
    public void A_token_of_a_sites_log_has_the_same_form_in_every_release() =>
        AssertForm("observatory:0198c0de00007000800000000000000a:12:1:A/9", new("observatory", Epoch, 12, new(1, 42_949_672_969)));

    [Test]
    public void A_token_of_no_log_has_the_same_form_in_every_release() =>
        AssertForm("main:-:0:2147483647:FFFFFFFF/FFFFFFFE", new("main", null, 0, new(int.MaxValue, ulong.MaxValue - 1)));

    [TestCase("")]
    [TestCase("observatory")]
    [TestCase("observatory:0198c0de-0000-7000-8000-00000000000a:12:1:A/9")]
    [TestCase("observatory::12:1:A/9")]
    [TestCase("observatory:-:-1:1:A/9")]
    [TestCase("observatory:-:1:1:A9")]
    [TestCase("observatory:-:1:1:A/9:")]
    [TestCase("Observatory:-:1:1:A/9")]
    public void Another_form_is_refused(string text) =>
        Assert.That(() => ConsistencyToken.Parse(text), Throws.InstanceOf<RefusalException>().With.Property("Problem").EqualTo(Problems.MalformedHeader));

    private static void AssertForm(string text, ConsistencyToken token)
    {
        Assert.That(token.ToString(), Is.EqualTo(text));
        Assert.That(ConsistencyToken.Parse(text), Is.EqualTo(token));
    }
}
