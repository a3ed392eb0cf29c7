using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FashionMnist.Commands;

/// <summary>Options that take a number in a range, in the same notation on every machine.</summary>
internal static class NumberOption
{
    /// <summary>A whole number from <paramref name="least"/> on.</summary>
    public static Option<int?> Whole(string name, int? byDefault, string description, int least = 1)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        if (byDefault is not null) option.DefaultValueFactory = _ => byDefault;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [Token token] && (!int.TryParse(token.Value, out int value) || value < least))
            {
                result.AddError($"{name} takes a whole number from {least} on, not '{token.Value}'.");
            }
        });
        return option;
    }

    /// <summary>A number between 0 and 1, both excluded.</summary>
    public static Option<double> Share(string name, double byDefault, string description)
    {
        Option<double> option = new(name)
        {
            Description = description,
            HelpName = "P",
            DefaultValueFactory = _ => byDefault,
            CustomParser = Parse,
        };
        return option;

        double Parse(ArgumentResult result)
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1)
            {
                return share;
            }

            result.AddError($"{name} takes a number between 0 and 1, such as 0.01, not '{text}'.");
            return byDefault;
        }
    }
}
