using System.Diagnostics;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// A linear layer, and what follows it, with its weight packed for our own kernel too, and whether that runs.
/// </summary>
/// <remarks>Owns the packed weights. Thread-safe once the way is chosen.</remarks>
internal sealed unsafe class FrozenLinear : IDisposable
{
    private const sbyte Float32 = (sbyte)ScalarType.Float32;
    private const int Cpu = (int)TorchSharp.DeviceType.CPU;
    private const int MostDimensions = 8;

    private readonly int inputs;
    private readonly int outputs;
    private readonly long[]? map;
    private readonly LayerTail? tail;
    private readonly RowLinear kernel;
    private Arena? arena;
    private ArenaBuffer packed;
    private ArenaBuffer packedOverLast;
    private bool packsOneRow;
    private bool packsBatch;

    /// <param name="layer">Its weight and bias.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="tail">What follows in the same operation; null for nothing.</param>
    /// <param name="map">[C, H, W] of the maps that it flattens, as they lie in its weight; null when it flattens nothing.</param>
    /// <param name="overLast">The weight for such maps with their channels last; null when none comes.</param>
    public FrozenLinear(FrozenLayer layer, Tensor weight, LayerTail? tail = null, long[]? map = null, Tensor? overLast = null)
    {
        Layer = layer with { Linear = this };
        this.tail = tail;
        this.map = map;
        (outputs, inputs) = ((int)weight.size(0), (int)weight.size(1));
        kernel = new RowLinear(inputs, outputs, tail?.Activation ?? Activation.None);
        arena = new Arena((overLast is null ? 1 : 2) * Arena.RoundUp(kernel.PackedLength));
        packed = Pack(layer.Weight);
        if (overLast is not null) packedOverLast = Pack(overLast.Handle);

        ArenaBuffer Pack(nint tensor)
        {
            ArenaBuffer buffer = arena.Take(kernel.PackedLength);
            ReadOnlySpan<float> bias = layer.Bias == 0 ? [] : new(LibTorchSharp.Data(layer.Bias), outputs);
            kernel.Pack(new(LibTorchSharp.Data(tensor), inputs * outputs), bias, buffer);
            return buffer;
        }
    }

    /// <summary>The layer that goes the chosen way.</summary>
    public FrozenLayer Layer { get; }

    /// <summary>Whether there is a kernel for a layer.</summary>
    public static bool CanPack(Tensor weight) => weight.dim() == 2 && weight.numel() is > 0 and < int.MaxValue / 64;

    /// <summary>Goes these ways from now on, and lets go of the packed weights if neither needs them.</summary>
    public void Take(LinearRoute route)
    {
        (packsOneRow, packsBatch) = (route.OneRow.IsPacked, route.Batch.IsPacked);
        if (!packsOneRow && !packsBatch) Dispose();
    }

    /// <summary>The layer by our own kernel, if that is the chosen way and the tensor lies in memory as it needs.</summary>
    /// <param name="input">[N, …, inputs].</param>
    /// <param name="tail">What follows.</param>
    /// <param name="selection">Which of the input's rows, each of which is there; empty for all.</param>
    /// <param name="pool">Where the result comes from; null for a new tensor.</param>
    /// <returns>A tensor, or 0.</returns>
    public nint TryRun(nint input, LayerTail? tail, ReadOnlySpan<long> selection = default, TensorPool? pool = null)
    {
        if (map is not null || !Packs(input, tail, selection)) return 0;
        long dimensions = LibTorchSharp.Dimensions(input);
        if (dimensions is < 2 or > MostDimensions
            || (dimensions > 2 && !selection.IsEmpty)
            || LibTorchSharp.Size(input, dimensions - 1) != inputs
            || LibTorchSharp.IsContiguous(input) == 0)
        {
            return 0;
        }

        long* sizes = stackalloc long[MostDimensions];
        long* strides = stackalloc long[MostDimensions];
        sizes[dimensions - 1] = outputs;
        strides[dimensions - 1] = 1;
        long rows = 1;
        for (long dimension = dimensions - 2; dimension >= 0; dimension--)
        {
            sizes[dimension] = LibTorchSharp.Size(input, dimension);
            strides[dimension] = rows * outputs;
            rows *= sizes[dimension];
        }

        return Run(input, packed, rows, selection, sizes, strides, (int)dimensions, pool);
    }

    /// <summary>The layer over a flattened map likewise, in whichever of the two layouts it lies.</summary>
    /// <returns>A new tensor, or 0.</returns>
    public nint TryRunMap(nint input, LayerTail? tail, ReadOnlySpan<long> selection = default, TensorPool? pool = null)
    {
        if (map is null || !Packs(input, tail, selection) || LibTorchSharp.Dimensions(input) != 4) return 0;
        for (int dimension = 0; dimension < map.Length; dimension++)
        {
            if (LibTorchSharp.Size(input, dimension + 1) != map[dimension]) return 0;
        }

        bool isPlanar = MapLayout.IsPlanar(input);
        if (!isPlanar && (packedOverLast.Length == 0 || !MapLayout.HasChannelsLast(input, map[0], map[1], map[2]))) return 0;
        long* sizes = stackalloc long[] { LibTorchSharp.Size(input, 0), outputs };
        long* strides = stackalloc long[] { outputs, 1 };
        return Run(input, isPlanar ? packed : packedOverLast, sizes[0], selection, sizes, strides, dimensions: 2, pool);
    }

    /// <summary>Times both ways on an input of this shape, in turns.</summary>
    /// <param name="shape">The input's.</param>
    /// <param name="hasChannelsLast">Whether it is a map whose channels lie last.</param>
    public LinearTiming Measure(long[] shape, bool hasChannelsLast = false)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSlot input = MakeInput(shape, hasChannelsLast);
        Tensor expected = Run(input, isPacked: false);
        bool matches = FreezeMeasurement.Matches(Run(input, isPacked: true), expected);
        double ordinary = double.PositiveInfinity;
        double own = matches ? double.PositiveInfinity : double.NaN;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; FreezeMeasurement.GoesOn(round, start); round++)
        {
            ordinary = Math.Min(ordinary, FreezeMeasurement.Time(() => Call(input, isPacked: false)));
            own = Math.Min(own, FreezeMeasurement.Time(() => Call(input, isPacked: true)));
        }

        return new LinearTiming((int)shape[0], ordinary, own);
    }

    /// <summary>
    /// The choice made for earlier weights, as far as these give the same that way as by libtorch.
    /// </summary>
    /// <param name="earlier">The choice.</param>
    /// <param name="shape">The input's.</param>
    /// <param name="hasChannelsLast">Whether it is a map whose channels lie last.</param>
    public LinearTiming Confirm(LinearTiming earlier, long[] shape, bool hasChannelsLast)
    {
        if (!earlier.IsPacked) return earlier;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSlot input = MakeInput(shape, hasChannelsLast);
        return FreezeMeasurement.Matches(Run(input, isPacked: true), Run(input, isPacked: false)) ? earlier : earlier with { Packed = double.NaN };
    }

    public void Dispose()
    {
        arena?.Dispose();
        (arena, packed, packedOverLast) = (null, default, default);
    }

    private static TensorSlot MakeInput(long[] shape, bool hasChannelsLast)
    {
        Tensor values = FreezeMeasurement.Input(shape);
        TensorSlot input = new();
        input.Borrow((hasChannelsLast ? values.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : values).Handle);
        return input;
    }

    private bool Packs(nint input, LayerTail? tail, ReadOnlySpan<long> selection) =>
        ReferenceEquals(tail, this.tail)
        && LibTorchSharp.Dimensions(input) > 0
        && ((selection.IsEmpty ? LibTorchSharp.Size(input, 0) : selection.Length) == 1 ? packsOneRow : packsBatch)
        && LibTorchSharp.ElementType(input) == Float32
        && LibTorchSharp.DeviceType(input) == Cpu;

    private nint Run(
        nint input,
        ArenaBuffer weights,
        long rows,
        ReadOnlySpan<long> selection,
        long* sizes,
        long* strides,
        int dimensions,
        TensorPool? pool)
    {
        if (rows == 0 || rows * Math.Max(inputs, outputs) > int.MaxValue / 16) return 0;
        int count = selection.IsEmpty ? (int)rows : selection.Length;
        if (!selection.IsEmpty) sizes[0] = count;
        nint result = TensorPool.Take(pool, sizes, strides, dimensions);
        try
        {
            ReadOnlySpan<float> from = new(LibTorchSharp.Data(input), (int)rows * inputs);
            Span<float> to = new(LibTorchSharp.Data(result), count * outputs);
            kernel.Run(from, weights, to, count, selection);
            return result;
        }
        catch
        {
            TensorPool.Drop(pool, result);
            throw;
        }
    }

    private Tensor Run(TensorSlot input, bool isPacked) => Tensor.UnsafeCreateTensor(Call(input, isPacked).Handle);

    private NewTensor Call(TensorSlot input, bool isPacked)
    {
        packsOneRow = packsBatch = isPacked;
        return map is null ? EarlyExitTorchPipeline.Linear(input, Layer, tail) : EarlyExitTorchPipeline.FlattenLinear(input, Layer, tail);
    }
}
