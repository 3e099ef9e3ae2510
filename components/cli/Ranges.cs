using System.CommandLine;
using System.Globalization;

namespace OpsDb.Cli;

/// <summary>Options whose values have bounds.</summary>
public static class Ranges
{
    /// <summary>Takes whole numbers from <paramref name="minimum"/> to <paramref name="maximum"/> and says so of anything else.</summary>
    public static Option<int> Between(this Option<int> option, int minimum, int maximum)
    {
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
                return value;
            result.AddError($"{option.Name} is a whole number from {minimum} to {maximum}, not '{text}'.");
            return 0;
        };
        return option;
    }
}
