using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>One line of a list that names a source.</summary>
/// <param name="Number">From 1.</param>
internal sealed record ListedSource(int Number, Source Source);

/// <summary>
/// Lists of sources as KOSMA and the programs of GILDAS keep them: a line for each, with its name, coordinate system, equinox, longitude,
/// latitude, and words with numbers behind them. An exclamation mark begins a remark.
/// </summary>
internal static class KosmaList
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
    private const string Form = "has the form NAME EQ 2000 hh:mm:ss.s dd:mm:ss.s LSR 9.0, or EQ 1950, or GA with two angles in degrees";

    /// <param name="errors">Takes the lines that are wrong.</param>
    public static IReadOnlyList<ListedSource> Read(string text, FieldErrors errors)
    {
        var listed = new List<ListedSource>();
        foreach (var (index, line) in text.Split('\n').Index())
        {
            var words = line.Split('!', 2)[0].Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            try
            {
                listed.Add(new(index + 1, Source(words)));
            }
            catch (FormatException e)
            {
                errors.Add(Line(index + 1), e.Message);
            }
        }
        return listed;
    }

    public static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    private static Source Source(string[] words)
    {
        var names = words[0].Split('|', StringSplitOptions.RemoveEmptyEntries);
        var rest = new Queue<string>(words.Skip(1));
        var (ra, dec) = Place(rest);
        var source = new Source
        {
            Id = 0,
            Name = names.FirstOrDefault("|"),
            Type = SourceType.Fixed,
            RaDeg = ra,
            DecDeg = dec,
            Comment = names.Length > 1 ? $"Also {string.Join(", ", names.Skip(1))}" : null,
        };
        while (rest.TryDequeue(out var word))
            source = With(source, word.ToUpperInvariant(), rest);
        return source;
    }

    private static (double RaDeg, double DecDeg) Place(Queue<string> rest)
    {
        switch (Next(rest).ToUpperInvariant())
        {
            case "EQ":
                var equinox = Next(rest).TrimStart('J', 'j', 'B', 'b');
                var isOld = Number(equinox) is 1950;
                if (!isOld && Number(equinox) is not 2000)
                    throw new FormatException($"has the equinox '{Excerpt.Of(equinox)}': it is 2000 or 1950");
                var (ra, dec) = (Longitude(Next(rest)), Latitude(Next(rest)));
                return isOld ? Frames.OfB1950(ra, dec) : (ra, dec);
            case "GA":
                var text = Next(rest);
                return Sexagesimal.Parse(text) is { } l and >= -360 and <= 360
                    ? Frames.OfGalactic(l, Latitude(Next(rest)))
                    : throw new FormatException($"has the galactic longitude '{Excerpt.Of(text)}', which is no angle in degrees");
            case "HO":
                throw new FormatException("has horizontal coordinates: make it known as a constant_elevation source");
            case var other:
                throw new FormatException($"has '{Excerpt.Of(other)}' where EQ or GA is expected: it {Form}");
        }
    }

    private static Source With(Source source, string word, Queue<string> rest)
    {
        switch (word)
        {
            case "LS" or "LSR" when source is { VLsrKmS: null, VHelioKmS: null }:
                return source with { VLsrKmS = Value(word, rest) };
            case "HE" or "HEL" or "HELIO" when source is { VLsrKmS: null, VHelioKmS: null }:
                return source with { VHelioKmS = Value(word, rest) };
            case "LS" or "LSR" or "HE" or "HEL" or "HELIO":
                throw new FormatException("has two velocities");
            case "FL" or "FLUX":
                // Of no use here: a flux, and its spectral index.
                Value(word, rest);
                if (rest.TryPeek(out var next) && Number(next) is not null)
                    rest.Dequeue();
                return source;
            default:
                throw new FormatException($"has the word '{Excerpt.Of(word)}', which is none of LSR, HELIO and FLUX");
        }
    }

    private static double Value(string word, Queue<string> rest) => rest.TryDequeue(out var text) && Number(text) is { } value
        ? value
        : throw new FormatException($"has no number behind {word}");

    /// <summary>Hours could be taken for degrees, if they were one number.</summary>
    private static double Longitude(string text) => text.Contains(':') && Sexagesimal.Parse(text) is { } hours and >= 0 and < 24
        ? hours * 15
        : throw new FormatException($"has the right ascension '{Excerpt.Of(text)}', which is not hh:mm:ss.s from 0 to below 24 h");

    private static double Latitude(string text) => Sexagesimal.Parse(text) is { } deg and >= -90 and <= 90
        ? deg
        : throw new FormatException($"has the latitude '{Excerpt.Of(text)}', which is no angle from -90 to 90 degrees");

    private static string Next(Queue<string> rest) => rest.TryDequeue(out var word) ? word : throw new FormatException($"is too short: it {Form}");

    private static double? Number(string text) =>
        double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
