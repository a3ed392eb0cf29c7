using System.Reflection;

namespace EarlyExitGen.Generator.Tests;

/// <summary>The sources in Networks/, which are embedded and not compiled into this project.</summary>
internal static class NetworkSources
{
    private const string Prefix = "Networks.";

    public static IEnumerable<string> Names => Assembly.GetExecutingAssembly()
        .GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^".cs".Length])
        .Order(StringComparer.Ordinal);

    public static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Prefix}{name}.cs")
            ?? throw new ArgumentException($"There is no network source '{name}'.", nameof(name));
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
