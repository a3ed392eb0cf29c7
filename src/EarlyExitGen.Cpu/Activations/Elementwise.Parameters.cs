using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Activations;

/// <content>Activations with numbers or weights of their own, which no other kernel takes along. NaN stays NaN.</content>
public static unsafe partial class Elementwise
{
    private interface IParametric
    {
        static abstract TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct;
    }

    /// <summary>min(max(minimum, x), maximum), in place.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="minimum">The least.</param>
    /// <param name="maximum">The most.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clamp(ArenaBuffer map, FeatureMapShape shape, float minimum, float maximum) =>
        Each<ClampOf>(map, shape, minimum, maximum);

    /// <summary>x where it is above the threshold, a value elsewhere, in place.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="threshold">What x is compared with.</param>
    /// <param name="value">What takes its place.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Threshold(ArenaBuffer map, FeatureMapShape shape, float threshold, float value) =>
        Each<ThresholdOf>(map, shape, threshold, value);

    /// <summary>log(1 + exp(β · x)) / β, and x itself where β · x is above the threshold, in place.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="beta">β, not 0.</param>
    /// <param name="threshold">Where it becomes x itself.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softplus(ArenaBuffer map, FeatureMapShape shape, float beta, float threshold) =>
        Each<SoftplusOf>(map, shape, beta, threshold);

    /// <summary>x, or x times a weight where it is negative, in place. He et al., "Delving Deep into Rectifiers", 2015.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="weights">A weight for each channel, filled up to a multiple of 16, or one for all.</param>
    /// <param name="perChannel">Whether each channel has its own.</param>
    /// <exception cref="ArgumentException">A buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PRelu(ArenaBuffer map, FeatureMapShape shape, ArenaBuffer weights, bool perChannel)
    {
        float* x = map.Require(shape.Length) + shape.Origin;
        float* w = weights.Require(perChannel ? shape.Blocks * FeatureMapLayout.ChannelsPerBlock : 1);
        if (Vector512.IsHardwareAccelerated) PRelu<Simd512, Vector512<float>>(x, shape, w, perChannel);
        else if (Vector256.IsHardwareAccelerated) PRelu<Simd256, Vector256<float>>(x, shape, w, perChannel);
        else PRelu<Simd128, Vector128<float>>(x, shape, w, perChannel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Each<TActivation>(ArenaBuffer map, FeatureMapShape shape, float first, float second)
        where TActivation : struct, IParametric
    {
        float* x = map.Require(shape.Length) + shape.Origin;
        if (Vector512.IsHardwareAccelerated) Each<TActivation, Simd512, Vector512<float>>(x, shape, first, second);
        else if (Vector256.IsHardwareAccelerated) Each<TActivation, Simd256, Vector256<float>>(x, shape, first, second);
        else Each<TActivation, Simd128, Vector128<float>>(x, shape, first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Each<TActivation, TSimd, TVector>(float* map, FeatureMapShape shape, float first, float second)
        where TActivation : struct, IParametric
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector one = TSimd.Create(first);
        TVector two = TSimd.Create(second);
        for (int block = 0; block < shape.Blocks; block++)
        {
            for (int row = 0; row < shape.Height; row++)
            {
                float* x = map + (block * shape.Plane) + (row * shape.Pitch);
                for (int at = 0; at < shape.Width * FeatureMapLayout.ChannelsPerBlock; at += TSimd.Lanes)
                {
                    TSimd.Store(TActivation.Apply<TSimd, TVector>(TSimd.Load(x + at), one, two), x + at);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PRelu<TSimd, TVector>(float* map, FeatureMapShape shape, float* weights, bool perChannel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int channel = 0; channel < shape.Blocks * FeatureMapLayout.ChannelsPerBlock; channel += TSimd.Lanes)
        {
            int lane = channel % FeatureMapLayout.ChannelsPerBlock;
            TVector weight = perChannel ? TSimd.Load(weights + channel) : TSimd.Create(*weights);
            for (int row = 0; row < shape.Height; row++)
            {
                float* x = map + (channel / FeatureMapLayout.ChannelsPerBlock * shape.Plane) + (row * shape.Pitch) + lane;
                for (int at = 0; at < shape.Width * FeatureMapLayout.ChannelsPerBlock; at += FeatureMapLayout.ChannelsPerBlock)
                {
                    TVector value = TSimd.Load(x + at);
                    TSimd.Store(TSimd.SelectLess(value, TSimd.Zero, TSimd.Multiply(value, weight), value), x + at);
                }
            }
        }
    }

    private readonly struct ClampOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.AtMost(second, TSimd.AtLeast(first, x));
    }

    private readonly struct ThresholdOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            // Nothing is less than −∞, but NaN stays.
            TVector nothing = TSimd.AtMost(TSimd.Create(float.NegativeInfinity), x);
            return TSimd.Max(TSimd.SelectLess(first, x, x, second), nothing);
        }
    }

    private readonly struct SoftplusOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            TVector scaled = TSimd.Multiply(first, x);
            TVector soft = TSimd.Divide(Elementary<TSimd, TVector>.Softplus(scaled), first);
            return TSimd.SelectLess(second, scaled, x, soft);
        }
    }
}
