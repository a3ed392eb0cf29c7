using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Weights;

/// <summary>
/// Translates between the entry names of a weights file and those of a module, such as <c>features.0.weight</c> that PyTorch trained
/// and <c>stem.0.weight</c> here. Immutable and thread-safe: each call gives another map.
/// </summary>
/// <remarks>
/// Rules name prefixes that end at a dot, or whole names; the longest that fits wins, in whatever order they were added. The empty
/// prefix fits every name: <c>Rename("", "backbone")</c> puts everything below <c>backbone</c>, <c>Rename("module", "")</c> takes
/// that prefix away. A name that no rule fits stays as it is.
/// </remarks>
public sealed class WeightNameMap
{
    private readonly ImmutableList<(string File, string Module)> renames;
    private readonly ImmutableList<string> ignored;

    private WeightNameMap(ImmutableList<(string File, string Module)> renames, ImmutableList<string> ignored)
    {
        this.renames = renames;
        this.ignored = ignored;
    }

    /// <summary>The map that leaves every name as it is.</summary>
    public static WeightNameMap Same { get; } = new([], []);

    /// <summary>Adds a rule: what the file calls <paramref name="file"/> is the module's <paramref name="module"/>.</summary>
    /// <param name="file">A prefix or a whole name in the file.</param>
    /// <param name="module">What stands for it in the module.</param>
    /// <exception cref="ArgumentException">Another rule has either name already, so that the way back would be unclear.</exception>
    public WeightNameMap Rename(string file, string module)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(module);
        if (renames.Any(rename => rename.File == file)) throw new ArgumentException($"'{file}' is renamed twice.", nameof(file));
        if (renames.Any(rename => rename.Module == module))
        {
            throw new ArgumentException($"Two names would become '{module}'.", nameof(module));
        }

        return new WeightNameMap(renames.Add((file, module)), ignored);
    }

    /// <summary>Adds a rule: leave out what the file holds under this prefix or name.</summary>
    /// <param name="file">A prefix or a whole name in the file.</param>
    public WeightNameMap Ignore(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return new WeightNameMap(renames, ignored.Add(file));
    }

    /// <summary>The module's name of a file's entry; null when the entry is to be ignored.</summary>
    public string? ToModule(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        (string from, string to) = Longest(renames, fileName);
        int ignoredLength = ignored.Where(prefix => Fits(prefix, fileName)).Select(prefix => prefix.Length).DefaultIfEmpty(-1).Max();
        return ignoredLength >= from.Length ? null : Replace(fileName, from, to);
    }

    /// <summary>The file's name of a module's entry.</summary>
    public string ToFile(string moduleName)
    {
        ArgumentNullException.ThrowIfNull(moduleName);
        (string from, string to) = Longest(renames.Select(rename => (rename.Module, rename.File)), moduleName);
        return Replace(moduleName, from, to);
    }

    private static (string From, string To) Longest(IEnumerable<(string From, string To)> rules, string name) =>
        rules.Where(rule => Fits(rule.From, name)).DefaultIfEmpty(("", "")).MaxBy(rule => rule.Item1.Length);

    private static bool Fits(string prefix, string name) =>
        prefix.Length == 0 || name == prefix || (name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length] == '.');

    private static string Replace(string name, string from, string to)
    {
        string rest = name[from.Length..].TrimStart('.');
        return to.Length == 0 ? rest : rest.Length == 0 ? to : $"{to}.{rest}";
    }
}
