namespace EarlyExitGen.Generator.Tests;

/// <summary>The largest of the differences that many networks show.</summary>
internal sealed class Worst
{
    private Distances largest;
    private string? network;

    /// <summary>Whether anything was compared at all: two ways of computing in float32 do not always round alike.</summary>
    public bool IsPlausible => largest.Difference is > 0 and < 1;

    public void Add(Distances distances, string of)
    {
        if (!(distances.Difference > largest.Difference)) return;
        (largest, network) = (distances, of);
    }

    public override string ToString()
    {
        string own = largest.Own is { } distance ? $", where TorchSharp itself is {distance:g3} from float64" : "";
        return $"the worst relative difference is {largest.Difference:g3}, at {network}{own}.";
    }
}
