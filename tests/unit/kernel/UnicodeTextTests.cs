using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.UnitTests.Kernel;

internal sealed class UnicodeTextTests
{
    [TestCase("Sgr B2(M)", true)]
    [TestCase("é", true)]
    [TestCase("e\u0301", false)]
    [TestCase("\u1e69", true)]
    [TestCase("s\u0323\u0307", false)]
    [TestCase("q\u0323\u0307", true)]
    [TestCase("q\u0307\u0323", false)]
    [TestCase("é\u0323", false)]
    [TestCase("\u212b", false)]
    [TestCase("한글", true)]
    [TestCase("\u1112\u1161\u11ab", false)]
    [TestCase("\uf900", false)]
    [TestCase("\u0958", false)]
    [TestCase("🔭", true)]
    [TestCase("\U0001109a", true)]
    [TestCase("\U00011099\U000110ba", false)]
    public void Normal_form_C_is_told_without_ICU(string text, bool normalized) => Assert.That(UnicodeText.IsNormalized(text), Is.EqualTo(normalized));

    [TestCase("NGC\u200b 253", "U+200B")]
    [TestCase("NGC\u00ad253", "U+00AD")]
    [TestCase("\u202eNGC", "U+202E")]
    [TestCase("\ufeffNGC", "U+FEFF")]
    [TestCase("NGC\u00a0253", "U+00A0")]
    [TestCase("NGC\t253", "U+0009")]
    [TestCase("NGC\u0085253", "U+0085")]
    [TestCase("NGC\u2028253", "U+2028")]
    [TestCase("NGC\ue000", "U+E000")]
    [TestCase("NGC\u0378", "U+0378")]
    [TestCase("NGC\uffff", "U+FFFF")]
    [TestCase("NGC\u3164", "U+3164")]
    [TestCase("NGC\ufe0f", "U+FE0F")]
    [TestCase("NGC\U000e0041", "U+E0041")]
    [TestCase("NGC\U000e0101", "U+E0101")]
    [TestCase("NGC 253 α–é漢🔭", null)]
    public void A_character_that_cannot_be_seen_is_named(string text, string? character)
    {
        Assert.That(UnicodeText.FirstInvisible(text), Is.EqualTo(character));
        var errors = new ObservatoryRules().Validate(new Observatory { Id = 1, Name = text }).Errors;
        Assert.That(errors.Select(e => e.ErrorMessage), character is null ? Is.Empty : Has.One.Items);
    }

    [Test]
    public void Free_text_may_be_anything_that_can_be_stored() =>
        Assert.That(new ObservatoryRules().Validate(new Observatory { Id = 1, Name = "A", Description = "e\u0301\t\n\u200b\u202e\u001b[0m" }).IsValid, Is.True);

    [TestCase("00000000-0000-0000-0000-000000000000", false)]
    [TestCase("ffffffff-ffff-ffff-ffff-ffffffffffff", false)]
    [TestCase("6f0c1d1e-31c1-4f0a-9a63-5a1f3e1b2c3d", false)]
    [TestCase("01a1fcfb-0428-75f8-0edd-158ada4a3776", false)]
    [TestCase("01a1fcfb-0428-75f8-8edd-158ada4a3776", true)]
    public void A_client_makes_UUIDv7(string id, bool accepted)
    {
        var rules = new InlineValidator<Identified>();
        rules.RuleFor(i => i.Id).IsClientId();
        Assert.That(rules.Validate(new Identified(Guid.Parse(id))).IsValid, Is.EqualTo(accepted));
        Assert.That(rules.Validate(new Identified(null)).IsValid, Is.True);
    }

    private sealed record Identified(Guid? Id);
}
