using System.Diagnostics;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>A linear layer with its weight packed for our own kernel too, and whether that runs.</summary>
/// <remarks>Owns the packed weight. Thread-safe once the way is chosen.</remarks>
internal sealed unsafe class FrozenLinear : IDisposable
{
    private const sbyte Float32 = (sbyte)ScalarType.Float32;
    private const int MostDimensions = 8;

    private readonly int inputs;
    private readonly int outputs;
    private Arena? arena;
    private ArenaBuffer packed;
    private bool packsOneRow;
    private bool packsBatch;

    public FrozenLinear(FrozenLayer layer, Tensor weight)
    {
        Layer = new FrozenLayer(layer.Weight, layer.Bias, this);
        (outputs, inputs) = ((int)weight.size(0), (int)weight.size(1));
        arena = new Arena(RowsLinear.PackedLength(inputs, outputs));
        packed = arena.Take(RowsLinear.PackedLength(inputs, outputs));
        ReadOnlySpan<float> bias = layer.Bias == 0 ? [] : new(LibTorchSharp.Data(layer.Bias), outputs);
        RowsLinear.Pack(new(LibTorchSharp.Data(layer.Weight), inputs * outputs), bias, packed, inputs, outputs);
    }

    /// <summary>The layer that goes the chosen way.</summary>
    public FrozenLayer Layer { get; }

    /// <summary>Whether there is a kernel for a layer.</summary>
    public static bool CanPack(Tensor weight) => weight.dim() == 2 && RowsLinear.CanRun(weight.size(0)) && weight.numel() < int.MaxValue / 2;

    /// <summary>Goes these ways from now on, and lets go of the packed weight if neither needs it.</summary>
    public void Take(LinearRoute route)
    {
        (packsOneRow, packsBatch) = (route.OneRow.IsPacked, route.Batch.IsPacked);
        if (!packsOneRow && !packsBatch) Dispose();
    }

    /// <summary>Whether our own kernel is the chosen way for as many rows.</summary>
    public bool PacksFor(nint input) => LibTorchSharp.Size(input, 0) == 1 ? packsOneRow : packsBatch;

    /// <summary>The layer by our own kernel, if that is the chosen way and the tensor lies in memory as it needs.</summary>
    /// <returns>A new tensor, or 0.</returns>
    public nint TryRun(nint input)
    {
        if (!PacksFor(input)) return 0;
        long dimensions = LibTorchSharp.Dimensions(input);
        if (dimensions is < 2 or > MostDimensions
            || LibTorchSharp.Size(input, dimensions - 1) != inputs
            || LibTorchSharp.ElementType(input) != Float32
            || LibTorchSharp.DeviceType(input) != (int)TorchSharp.DeviceType.CPU
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

        if (rows == 0 || rows * Math.Max(inputs, outputs) > int.MaxValue) return 0;
        nint result = NativeError.Check(LibTorchSharp.EmptyStrided(
            sizes, (int)dimensions, strides, (int)dimensions, Float32, (int)TorchSharp.DeviceType.CPU, -1, 0));
        ReadOnlySpan<float> from = new(LibTorchSharp.Data(input), (int)rows * inputs);
        RowsLinear.Run(from, packed, new(LibTorchSharp.Data(result), (int)rows * outputs), (int)rows, inputs, outputs);
        return result;
    }

    /// <summary>Times both ways on an input of this shape, in turns.</summary>
    public LinearTiming Measure(long[] shape)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSlot input = new();
        input.Borrow(FreezeMeasurement.Input(shape).Handle);
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

    public void Dispose()
    {
        arena?.Dispose();
        (arena, packed) = (null, default);
    }

    private Tensor Run(TensorSlot input, bool isPacked) => Tensor.UnsafeCreateTensor(Call(input, isPacked).Handle);

    private NewTensor Call(TensorSlot input, bool isPacked)
    {
        packsOneRow = packsBatch = isPacked;
        return EarlyExitTorchPipeline.Linear(input, Layer);
    }
}
