namespace EarlyExitGen.Cpu.Weights;

/// <summary>Names in a state dictionary that don't follow from a layer's path.</summary>
internal static class WeightNames
{
    private const string Weight = ".weight";
    private const string Bias = ".bias";
    private const string And = " & ";

    /// <summary>The path of a layer that is no module, whose weight and bias have names of their own: <c>head.scale &amp; head.offset</c>.</summary>
    /// <param name="weight">The weight's name.</param>
    /// <param name="bias">The bias's name; null for a layer without.</param>
    public static string OfParameters(string weight, string? bias) => weight + And + bias;

    /// <summary>A path in a form that an identifier can be made of.</summary>
    public static string ForIdentifier(string path)
    {
        int and = path.IndexOf(And, StringComparison.Ordinal);
        if (and < 0) return path;
        string bias = path.Substring(and + And.Length);
        string weight = path.Substring(0, and);
        return bias.Length > 0 ? $"{weight}_{bias}" : weight;
    }

    /// <summary>
    /// The name of a part of a layer that is no module: as <see cref="OfParameters"/> has it, or a parameter of the module around it, as
    /// the three projections of an attention are, where <c>attention.in_proj.weight</c> is <c>attention.in_proj_weight</c>.
    /// </summary>
    public static string WithoutModule(string name)
    {
        int and = name.IndexOf(And, StringComparison.Ordinal);
        if (and >= 0 && name.EndsWith(Weight, StringComparison.Ordinal)) return name.Substring(0, and);
        if (and >= 0 && name.EndsWith(Bias, StringComparison.Ordinal))
        {
            int start = and + And.Length;
            return name.Substring(start, name.Length - Bias.Length - start);
        }

        int dot = name.LastIndexOf('.');
        return dot < 0 ? name : $"{name.Substring(0, dot)}_{name.Substring(dot + 1)}";
    }
}
