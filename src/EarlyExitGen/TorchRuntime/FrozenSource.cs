using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>The parameters and buffers that weights were frozen from, and what they looked like then.</summary>
/// <remarks>Thread-safe; keeps no tensor alive that its module disposes.</remarks>
internal sealed class FrozenSource(IEnumerable<KeyValuePair<string, Tensor>> tensors)
{
    private readonly Origin[] origins = [.. tensors.Select(Origin.Of)];

    /// <summary>
    /// The name of a tensor that was written, moved or replaced since, or null. Allocates nothing. What is replaced without being disposed,
    /// which TorchSharp's own modules never do, is not seen.
    /// </summary>
    public string? FindChange()
    {
        foreach (Origin origin in origins)
        {
            if (origin.HasChanged()) return origin.Name;
        }

        return null;
    }

    /// <exception cref="InvalidOperationException">A tensor is gone, or of another shape than it was.</exception>
    public void RequireShapesOf(FrozenSource earlier, string network)
    {
        Dictionary<string, long[]> shapes = origins.ToDictionary(origin => origin.Name, origin => origin.Shape);
        foreach (Origin origin in earlier.origins)
        {
            string expected = $"[{string.Join(", ", origin.Shape)}]";
            if (!shapes.TryGetValue(origin.Name, out long[]? actual))
            {
                throw new InvalidOperationException($"{network} has no '{origin.Name}' any more, which was {expected} when it was frozen.");
            }

            if (!actual.AsSpan().SequenceEqual(origin.Shape))
            {
                throw new InvalidOperationException(
                    $"{network}: '{origin.Name}' is [{string.Join(", ", actual)}] now, but was {expected} when it was frozen.");
            }
        }
    }

    private readonly record struct Origin(string Name, Tensor Tensor, nint Handle, long Version, long[] Shape)
    {
        public static Origin Of(KeyValuePair<string, Tensor> pair) =>
            new(pair.Key, pair.Value, pair.Value.Handle, StableShim.VersionOf(pair.Value.Handle), pair.Value.shape);

        public bool HasChanged() => Tensor.IsInvalid || Tensor.Handle != Handle || StableShim.VersionOf(Handle) != Version;
    }
}
