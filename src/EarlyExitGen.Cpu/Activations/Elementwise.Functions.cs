using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Activations;

/// <content>
/// Functions that are no activations, which no other kernel takes along. NaN stays NaN. Where 0 becomes another number, the lanes beyond a
/// map's channels become zero again.
/// </content>
public static unsafe partial class Elementwise
{
    /// <summary>exp(x), in place: 0 and infinity where float32 has nothing between.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shape">Its shape.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(ArenaBuffer map, FeatureMapShape shape)
    {
        Each<ExpOf>(map, shape, 0, 0);
        ClearUnusedLanes(map, shape);
    }

    /// <summary>√x, in place; NaN of what is negative.</summary>
    /// <inheritdoc cref="Exp" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sqrt(ArenaBuffer map, FeatureMapShape shape) => Each<SqrtOf>(map, shape, 0, 0);

    /// <summary>1 / √x, in place; NaN of what is negative.</summary>
    /// <inheritdoc cref="Exp" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rsqrt(ArenaBuffer map, FeatureMapShape shape)
    {
        Each<RsqrtOf>(map, shape, 0, 0);
        ClearUnusedLanes(map, shape);
    }

    /// <summary>1 / x, in place.</summary>
    /// <inheritdoc cref="Exp" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Reciprocal(ArenaBuffer map, FeatureMapShape shape)
    {
        Each<ReciprocalOf>(map, shape, 0, 0);
        ClearUnusedLanes(map, shape);
    }

    /// <summary>|x|, in place.</summary>
    /// <inheritdoc cref="Exp" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Abs(ArenaBuffer map, FeatureMapShape shape) => Each<AbsOf>(map, shape, 0, 0);

    /// <summary>x · x, in place.</summary>
    /// <inheritdoc cref="Exp" path="/param|/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Square(ArenaBuffer map, FeatureMapShape shape) => Each<SquareOf>(map, shape, 0, 0);

    private readonly struct ExpOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            // The square of exp(x / 2), since the function of half the range leaves it at neither end.
            TVector half = Elementary<TSimd, TVector>.Exp(TSimd.Multiply(x, TSimd.Create(0.5f)));
            return TSimd.Multiply(half, half);
        }
    }

    private readonly struct SqrtOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.Sqrt(x);
    }

    private readonly struct RsqrtOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.Divide(TSimd.Create(1), TSimd.Sqrt(x));
    }

    private readonly struct ReciprocalOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.Divide(TSimd.Create(1), x);
    }

    private readonly struct AbsOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.Abs(x);
    }

    private readonly struct SquareOf : IParametric
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply<TSimd, TVector>(TVector x, TVector first, TVector second)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => TSimd.Multiply(x, x);
    }
}
