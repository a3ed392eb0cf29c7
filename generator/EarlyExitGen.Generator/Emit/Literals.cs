using System.Globalization;
using System.Text;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes values as C# source and as text for people, the same on every machine.</summary>
internal static class Literals
{
    public static string Of(string value) => SymbolDisplay.FormatLiteral(value, quote: true);

    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Of(long? value) => value is { } known ? Of(known) : "null";

    public static string Of(double value) => value switch
    {
        _ when double.IsNaN(value) => "double.NaN",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        _ => Number(value),
    };

    public static string Of(float value) => value switch
    {
        _ when float.IsNaN(value) => "float.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        _ => Shortest(value) + "f",
    };

    public static string Of(EquatableArray<long> values) => $"[{string.Join(", ", values.Select(Of))}]";

    /// <summary>A number for people: <c>0.3</c>.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A number for people: <c>0.3</c>, not 0.300000012.</summary>
    public static string Shortest(float value)
    {
        // The host may be .NET Framework, whose "R" gives nine digits where seven or eight suffice.
        foreach (string format in (string[])["G7", "G8"])
        {
            string text = value.ToString(format, CultureInfo.InvariantCulture);
            if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float back) && back == value) return text;
        }

        return value.ToString("G9", CultureInfo.InvariantCulture);
    }

    /// <summary>A count for people: <c>112,896</c>; a dash when unknown.</summary>
    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>Text inside an XML documentation comment.</summary>
    public static string Xml(string text)
    {
        StringBuilder escaped = new();
        foreach (char character in text)
        {
            escaped.Append(character switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                _ => character.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>Text inside a // comment: on one line, whatever the author wrote.</summary>
    public static string Comment(string text) => new([.. text.Select(character => IsLineBreak(character) ? ' ' : character)]);

    private static bool IsLineBreak(char character) => character is '\r' or '\n' or '\u0085' or '\u2028' or '\u2029';
}
