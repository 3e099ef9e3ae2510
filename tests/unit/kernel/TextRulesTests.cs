using OpsDb.Observatories;

namespace OpsDb.UnitTests.Kernel;

internal sealed class TextRulesTests
{
    [TestCase("Sgr B2(M)", true)]
    [TestCase("é", true)]
    [TestCase("", false)]
    [TestCase(" Array", false)]
    [TestCase("Array ", false)]
    [TestCase("two\nlines", false)]
    public void A_name_is_one_line_without_space_around_it(string name, bool accepted) => Assert.That(Accepts(name, null), Is.EqualTo(accepted));

    [TestCase(200, true)]
    [TestCase(201, false)]
    public void A_name_has_at_most_200_characters(int length, bool accepted) => Assert.That(Accepts(new('x', length), null), Is.EqualTo(accepted));

    [TestCase("two\nlines", true)]
    [TestCase("", true)]
    [TestCase("\0", false)]
    public void Free_text_may_have_lines_but_not_what_PostgreSQL_cannot_store(string text, bool accepted) =>
        Assert.That(Accepts("x", text), Is.EqualTo(accepted));

    private static bool Accepts(string name, string? description) =>
        new ObservatoryRules().Validate(new Observatory { Id = 1, Name = name, Description = description }).IsValid;
}
