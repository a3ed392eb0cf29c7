using System.Collections.Immutable;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>
/// A network's weights as its kernels read them on this machine, in one arena. Shared by a pipeline and its clones, and released with
/// the last of them. For generated code.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class PackedWeights
{
    private readonly Arena arena;
    private readonly ImmutableArray<ArenaBuffer> layers;
    private int references = 1;

    private PackedWeights(Arena arena, ImmutableArray<ArenaBuffer> layers) => (this.arena, this.layers) = (arena, layers);

    /// <summary>The floats that they take.</summary>
    public long Length => arena.Length;

    /// <summary>The packed weights of one layer, in the order in which they were packed.</summary>
    public ArenaBuffer this[int layer] => layers[layer];

    /// <summary>Packs the weights of a file, all or none of them.</summary>
    /// <param name="file">The weights.</param>
    /// <param name="pack">Packs each layer in turn; called once to measure and once to pack.</param>
    /// <exception cref="WeightsFileException">An entry is missing, or of another shape or type.</exception>
    public static PackedWeights Pack(SafetensorsFile file, Action<WeightPacker> pack)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(pack);
        WeightPacker measure = new(file, arena: null);
        pack(measure);
        Arena arena = new(measure.Length);
        try
        {
            WeightPacker packer = new(file, arena);
            pack(packer);
            return new PackedWeights(arena, packer.Layers);
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    /// <summary>Counts another user.</summary>
    public PackedWeights Share()
    {
        Interlocked.Increment(ref references);
        return this;
    }

    /// <summary>Counts a user less, and frees the memory after the last.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0) arena.Dispose();
    }
}
