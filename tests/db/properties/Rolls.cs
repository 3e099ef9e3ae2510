using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace OpsDb.DbTests.Properties;

/// <summary>
/// A random case as rolls of dice, each of which a test reads as one thing: a change, a page, a look. A die shows the
/// simplest choice at 0 and beyond the end of its roll, and a roll that makes no sense where it stands is passed over;
/// so whatever the case means, it shrinks by leaving rolls out and turning dice to 0.
/// </summary>
internal sealed record Rolls(params int[][] Dice)
{
    private const int Faces = 240;
    private const int LongestRoll = 24;

    /// <summary>The first roll says what the case is about; the others happen in it.</summary>
    public Dice Subject => new(Dice is [var first, ..] ? first : []);

    public IEnumerable<Dice> Events => Dice.Skip(1).Select(roll => new Dice(roll));

    /// <summary>As C# writes it, so that a failing case can be made a test of its own.</summary>
    public override string ToString() => $"new Rolls({string.Join(", ", Dice.Select(roll => $"[{string.Join(", ", roll)}]"))})";

    public static Arbitrary<Rolls> Arbitrary(int most) => Arb.From(
        Gen.Sized(size => Gen.Choose(0, Faces - 1).ArrayOf(LongestRoll).ArrayOf(2 + most * size / 100)).Select(dice => new Rolls(dice)), Shrink);

    private static IEnumerable<Rolls> Shrink(Rolls rolls)
    {
        var dice = rolls.Dice;
        for (var length = dice.Length / 2; length > 0; length /= 2)
        {
            for (var from = 0; from + length <= dice.Length; from += length)
                yield return new([.. dice[..from], .. dice[(from + length)..]]);
        }
        for (var i = 0; i < dice.Length; i++)
        {
            if (dice[i] is [.. var shorter, _])
                yield return Replace(i, shorter[..(shorter.Length / 2)]);
            if (dice[i] is [.. var shorterByOne, _])
                yield return Replace(i, shorterByOne);
            for (var j = 0; j < dice[i].Length; j++)
            {
                foreach (var simpler in (int[])[.. new[] { 0, dice[i][j] / 2, dice[i][j] - 1 }.Distinct().Where(d => d >= 0 && d < dice[i][j])])
                    yield return Replace(i, [.. dice[i][..j], simpler, .. dice[i][(j + 1)..]]);
            }
        }

        Rolls Replace(int i, int[] roll) => new([.. dice[..i], roll, .. dice[(i + 1)..]]);
    }
}

/// <summary>One roll, read die by die.</summary>
internal sealed class Dice(int[] roll)
{
    private int at;

    public int Next(int choices) => at < roll.Length ? roll[at++] % choices : 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];

    /// <summary>Once in so many rolls.</summary>
    public bool Once(int of) => Next(of) == of - 1;
}

/// <summary>What a case showed not to hold.</summary>
internal sealed class PropertyException(string message) : Exception(message);

/// <summary>
/// Runs a property on random cases. A failure prints the case, the smallest case it shrank to, and "Replay directly at
/// failing step with (seed,gamma,size)": with <c>OPSDB_REPLAY=seed,gamma,size</c> in the environment and a filter for the
/// test, the same case comes first. Both cases are printed as C#, so that one can be kept as a test of its own.
/// </summary>
internal static class Property
{
    /// <param name="most">Events of the largest cases.</param>
    public static void Holds(int cases, int most, Func<Rolls, Task> property)
    {
        var config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(cases);
        if (Environment.GetEnvironmentVariable("OPSDB_REPLAY")?.Split(',') is [var seed, var gamma, var size])
        {
            var invariant = CultureInfo.InvariantCulture;
            var random = new Rnd(ulong.Parse(seed, invariant), ulong.Parse(gamma, invariant));
            config = config.WithReplay(FSharpOption<Replay>.Some(new(random, FSharpOption<int>.Some(int.Parse(size, invariant)))));
        }
        Check.One(config, Prop.ForAll(Rolls.Arbitrary(most), rolls => property(rolls).GetAwaiter().GetResult()));
    }

    public static void Require(bool holds, Func<string> otherwise)
    {
        // Not an assertion of NUnit: it would keep each failure that is met while the case shrinks.
        if (!holds)
            throw new PropertyException(otherwise());
    }
}
