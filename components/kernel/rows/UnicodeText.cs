using System.Buffers;
using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace OpsDb.Kernel;

/// <summary>What Unicode says of a text. .NET itself cannot tell without the tables of ICU, which OpsDb runs without.</summary>
public static class UnicodeText
{
    // Those that show nothing although they count as letters, marks or symbols: fillers, joiners, variation selectors, the empty Braille cell.
    private static readonly SearchValues<char> Blank = SearchValues.Create(
        "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0" +
        "\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f");

    /// <summary>In normal form C, in which a text that looks the same is the same.</summary>
    public static string Normalized(string text) => Ascii.IsValid(text) ? text : NF.NFC(text);

    /// <summary>Whether it is in normal form C.</summary>
    public static bool IsNormalized(string text) => Ascii.IsValid(text) || NF.NFC(text) == text;

    /// <summary>The first character that nobody sees, or that has no agreed meaning; as <c>U+200B</c>. Only the plain space counts as seen.</summary>
    public static string? FirstInvisible(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune))
                return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
        }
        return null;
    }

    private static NF NF => ENSNormalize.NF;

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => true,
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse => true,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.SpaceSeparator => rune.Value != ' ',
        _ => rune.IsBmp ? Blank.Contains((char)rune.Value) : rune.Value is >= 0xE0100 and <= 0xE01EF,
    };
}
