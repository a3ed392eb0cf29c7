using System.Globalization;

namespace EarlyExitGen.Tests;

/// <summary>A number that an environment variable may set.</summary>
internal static class Setting
{
    public static int Of(string variable, int usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
