using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Normalization;

/// <summary>
/// LayerNorm over the features of each row, <c>[rows][⌈features / 16⌉·16]</c>. Ba et al., 2016. Within 2e-6 of float64 on inputs whose
/// mean is of the size of their deviation. Never allocates.
/// </summary>
public static unsafe class LayerNorm
{
    private const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>The floats that the packed weights take: the scales, then the shifts, each rounded up to 16.</summary>
    public static int PackedLength(int features) => 2 * Padded(features);

    /// <summary>Arranges a layer's weights.</summary>
    /// <param name="scale">γ, [features], or empty for 1.</param>
    /// <param name="shift">β, [features], or empty for 0.</param>
    /// <param name="features">Features of a row.</param>
    /// <param name="packed">At least <see cref="PackedLength"/> floats.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Pack(ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, int features, ArenaBuffer packed)
    {
        if ((!scale.IsEmpty && scale.Length != features) || (!shift.IsEmpty && shift.Length != features))
        {
            throw new ArgumentException($"Expected {features} scales and shifts or none, found {scale.Length} and {shift.Length}.");
        }

        Span<float> destination = new(packed.Require(PackedLength(features)), PackedLength(features));
        destination.Clear();
        if (scale.IsEmpty) destination[..features].Fill(1);
        scale.CopyTo(destination);
        shift.CopyTo(destination[Padded(features)..]);
    }

    /// <summary>(x − mean) / √(variance + ε) · γ + β of each row.</summary>
    /// <param name="input">The rows; their unused lanes are overwritten.</param>
    /// <param name="packed">What <see cref="Pack"/> made.</param>
    /// <param name="output">The rows. May be the input.</param>
    /// <param name="rows">How many.</param>
    /// <param name="features">Features of a row.</param>
    /// <param name="epsilon">ε.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ArenaBuffer input, ArenaBuffer packed, ArenaBuffer output, int rows, int features, float epsilon = 1e-5f)
    {
        int pitch = Padded(features);
        float* x = input.Require(checked(rows * pitch));
        float* y = output.Require(rows * pitch);
        float* weights = packed.Require(PackedLength(features));
        for (int row = 0; row < rows; row++, x += pitch, y += pitch)
        {
            if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(x, weights, y, features, epsilon);
            else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(x, weights, y, features, epsilon);
            else Run<Simd128, Vector128<float>>(x, weights, y, features, epsilon);
        }
    }

    private static int Padded(int features) => (features + Block - 1) / Block * Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(float* input, float* packed, float* output, int features, float epsilon)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int pitch = Padded(features);
        for (int at = features; at < pitch; at++) input[at] = 0;
        TVector sum = TSimd.Zero;
        for (int at = 0; at < pitch; at += TSimd.Lanes) sum = TSimd.Add(sum, TSimd.Load(input + at));

        // The unused lanes at the mean add nothing to the variance.
        float mean = TSimd.Sum(sum) / features;
        for (int at = features; at < pitch; at++) input[at] = mean;
        TVector means = TSimd.Create(mean);
        TVector squares = TSimd.Zero;
        for (int at = 0; at < pitch; at += TSimd.Lanes)
        {
            TVector centred = TSimd.Subtract(TSimd.Load(input + at), means);
            squares = TSimd.MultiplyAdd(centred, centred, squares);
        }

        TVector scale = TSimd.Create(1 / MathF.Sqrt((TSimd.Sum(squares) / features) + epsilon));
        for (int at = 0; at < pitch; at += TSimd.Lanes)
        {
            TVector normal = TSimd.Multiply(TSimd.Subtract(TSimd.Load(input + at), means), scale);
            TSimd.Store(TSimd.MultiplyAdd(normal, TSimd.Load(packed + at), TSimd.Load(packed + pitch + at)), output + at);
        }
    }
}
