using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Activations;

/// <content>Sums, differences, products and quotients of two maps, of a map and a number, and of a map and a value per channel.</content>
public static unsafe partial class Elementwise
{
    private enum Operator
    {
        Add,
        Subtract,
        Multiply,
        Divide,
    }

    /// <summary>activation(left + right). The output may be one of the two.</summary>
    /// <param name="left">A map.</param>
    /// <param name="leftShape">Its shape.</param>
    /// <param name="right">A map of the same channels, height and width.</param>
    /// <param name="rightBorder">The room around it.</param>
    /// <param name="output">The output map; its border is left as it is.</param>
    /// <param name="outputBorder">The room around it.</param>
    /// <param name="activation">What is applied to the sum.</param>
    /// <param name="negativeSlope">The slope of <see cref="Activation.LeakyRelu"/>.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(
        ArenaBuffer left, FeatureMapShape leftShape, ArenaBuffer right, int rightBorder, ArenaBuffer output, int outputBorder,
        Activation activation = Activation.None, float negativeSlope = 0.01f)
    {
        Combine(Operator.Add, left, leftShape, right, rightBorder, output, outputBorder);
        if (activation != Activation.None) Activate(output, leftShape with { Border = outputBorder }, activation, negativeSlope);
    }

    /// <summary>left − right. The output may be one of the two.</summary>
    /// <inheritdoc cref="Add" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract(
        ArenaBuffer left, FeatureMapShape leftShape, ArenaBuffer right, int rightBorder, ArenaBuffer output, int outputBorder) =>
        Combine(Operator.Subtract, left, leftShape, right, rightBorder, output, outputBorder);

    /// <summary>left · right. The output may be one of the two.</summary>
    /// <inheritdoc cref="Add" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        ArenaBuffer left, FeatureMapShape leftShape, ArenaBuffer right, int rightBorder, ArenaBuffer output, int outputBorder) =>
        Combine(Operator.Multiply, left, leftShape, right, rightBorder, output, outputBorder);

    /// <summary>left / right. The output may be one of the two; lanes beyond its channels become zero.</summary>
    /// <inheritdoc cref="Add" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Divide(
        ArenaBuffer left, FeatureMapShape leftShape, ArenaBuffer right, int rightBorder, ArenaBuffer output, int outputBorder)
    {
        Combine(Operator.Divide, left, leftShape, right, rightBorder, output, outputBorder);
        ClearUnusedLanes(output, leftShape with { Border = outputBorder });
    }

    /// <summary>map · scale + offset, in place.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="scale">What every element is multiplied by.</param>
    /// <param name="offset">What is added to every product.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAndShift(ArenaBuffer map, FeatureMapShape shape, float scale, float offset)
    {
        float* x = map.Require(shape.Length) + shape.Origin;
        if (Vector512.IsHardwareAccelerated) ScaleAndShift<Simd512, Vector512<float>>(x, shape, scale, offset);
        else if (Vector256.IsHardwareAccelerated) ScaleAndShift<Simd256, Vector256<float>>(x, shape, scale, offset);
        else ScaleAndShift<Simd128, Vector128<float>>(x, shape, scale, offset);
    }

    /// <summary>Multiplies each channel of a map with a number of its own, as squeeze-and-excitation does (Hu et al., 2018).</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="factors">One number per channel, filled up to a multiple of 16.</param>
    /// <param name="output">The output map, which may be the input; its border is left as it is.</param>
    /// <param name="outputBorder">The room around it.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleChannels(ArenaBuffer map, FeatureMapShape shape, ArenaBuffer factors, ArenaBuffer output, int outputBorder)
    {
        FeatureMapShape outputShape = shape with { Border = outputBorder };
        float* x = map.Require(shape.Length) + shape.Origin;
        float* scale = factors.Require(shape.Blocks * FeatureMapLayout.ChannelsPerBlock);
        float* y = output.Require(outputShape.Length) + outputShape.Origin;
        if (Vector512.IsHardwareAccelerated) ScaleChannels<Simd512, Vector512<float>>(x, shape, scale, y, outputShape);
        else if (Vector256.IsHardwareAccelerated) ScaleChannels<Simd256, Vector256<float>>(x, shape, scale, y, outputShape);
        else ScaleChannels<Simd128, Vector128<float>>(x, shape, scale, y, outputShape);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(
        Operator operation, ArenaBuffer left, FeatureMapShape leftShape, ArenaBuffer right, int rightBorder, ArenaBuffer output,
        int outputBorder)
    {
        FeatureMapShape rightShape = leftShape with { Border = rightBorder };
        FeatureMapShape outputShape = leftShape with { Border = outputBorder };
        float* a = left.Require(leftShape.Length) + leftShape.Origin;
        float* b = right.Require(rightShape.Length) + rightShape.Origin;
        float* y = output.Require(outputShape.Length) + outputShape.Origin;
        if (Vector512.IsHardwareAccelerated) Combine<Simd512, Vector512<float>>(operation, a, leftShape, b, rightShape, y, outputShape);
        else if (Vector256.IsHardwareAccelerated)
            Combine<Simd256, Vector256<float>>(operation, a, leftShape, b, rightShape, y, outputShape);
        else Combine<Simd128, Vector128<float>>(operation, a, leftShape, b, rightShape, y, outputShape);
    }

    // Inlined into the method of each operator, where the operator is a constant.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine<TSimd, TVector>(
        Operator operation, float* left, FeatureMapShape leftShape, float* right, FeatureMapShape rightShape, float* output,
        FeatureMapShape outputShape)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int block = 0; block < outputShape.Blocks; block++)
        {
            for (int row = 0; row < outputShape.Height; row++)
            {
                float* a = left + (block * leftShape.Plane) + (row * leftShape.Pitch);
                float* b = right + (block * rightShape.Plane) + (row * rightShape.Pitch);
                float* y = output + (block * outputShape.Plane) + (row * outputShape.Pitch);
                for (int at = 0; at < outputShape.Width * FeatureMapLayout.ChannelsPerBlock; at += TSimd.Lanes)
                {
                    TSimd.Store(Combine<TSimd, TVector>(operation, TSimd.Load(a + at), TSimd.Load(b + at)), y + at);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Combine<TSimd, TVector>(Operator operation, TVector left, TVector right)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => operation switch
        {
            Operator.Add => TSimd.Add(left, right),
            Operator.Subtract => TSimd.Subtract(left, right),
            Operator.Multiply => TSimd.Multiply(left, right),
            _ => TSimd.Divide(left, right),
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleAndShift<TSimd, TVector>(float* map, FeatureMapShape shape, float scale, float offset)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector factor = TSimd.Create(scale);
        TVector addend = TSimd.Create(offset);
        for (int block = 0; block < shape.Blocks; block++)
        {
            for (int row = 0; row < shape.Height; row++)
            {
                float* x = map + (block * shape.Plane) + (row * shape.Pitch);
                for (int at = 0; at < shape.Width * FeatureMapLayout.ChannelsPerBlock; at += TSimd.Lanes)
                {
                    TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(x + at), factor, addend), x + at);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleChannels<TSimd, TVector>(
        float* map, FeatureMapShape shape, float* factors, float* output, FeatureMapShape outputShape)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int channel = 0; channel < shape.Blocks * FeatureMapLayout.ChannelsPerBlock; channel += TSimd.Lanes)
        {
            int block = channel / FeatureMapLayout.ChannelsPerBlock;
            int lane = channel % FeatureMapLayout.ChannelsPerBlock;
            TVector factor = TSimd.Load(factors + channel);
            for (int row = 0; row < shape.Height; row++)
            {
                float* x = map + (block * shape.Plane) + (row * shape.Pitch) + lane;
                float* y = output + (block * outputShape.Plane) + (row * outputShape.Pitch) + lane;
                for (int at = 0; at < shape.Width * FeatureMapLayout.ChannelsPerBlock; at += FeatureMapLayout.ChannelsPerBlock)
                {
                    TSimd.Store(TSimd.Multiply(TSimd.Load(x + at), factor), y + at);
                }
            }
        }
    }

    // 0 / 0 is no zero, and a kernel that reads whole pixels multiplies what it finds there with zero weights.
    private static void ClearUnusedLanes(ArenaBuffer map, FeatureMapShape shape)
    {
        int used = shape.Channels % FeatureMapLayout.ChannelsPerBlock;
        if (used == 0) return;
        float* last = map.Require(shape.Length) + shape.Origin + ((shape.Blocks - 1) * shape.Plane);
        for (int row = 0; row < shape.Height; row++, last += shape.Pitch)
        {
            for (int column = 0; column < shape.Width; column++)
            {
                float* unused = last + (column * FeatureMapLayout.ChannelsPerBlock) + used;
                new Span<float>(unused, FeatureMapLayout.ChannelsPerBlock - used).Clear();
            }
        }
    }
}
