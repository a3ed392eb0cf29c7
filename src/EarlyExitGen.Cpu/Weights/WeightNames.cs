namespace EarlyExitGen.Cpu.Weights;

/// <summary>Names in a state dictionary that don't follow from a layer's path.</summary>
internal static class WeightNames
{
    /// <summary>
    /// A part of a layer that is no module but only parameters of the one around it, as the three projections of an attention:
    /// <c>attention.in_proj.weight</c> is <c>attention.in_proj_weight</c>.
    /// </summary>
    public static string OfProjection(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot < 0 ? name : $"{name[..dot]}_{name[(dot + 1)..]}";
    }
}
