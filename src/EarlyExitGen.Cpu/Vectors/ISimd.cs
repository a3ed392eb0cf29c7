using System.Runtime.Intrinsics;

namespace EarlyExitGen.Cpu.Vectors;

/// <summary>
/// The operations that kernels are written in, so that one source serves every vector width. The type parameters are structs: the
/// just-in-time compiler sees through all of it, and what is left is the instruction.
/// </summary>
/// <remarks>
/// A kernel asks <c>Vector512.IsHardwareAccelerated</c> and its narrower likes, which are constants to the compiler, and takes the
/// widest. The runtime's own switches (<c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c>) turn the wider ones off.
/// </remarks>
internal unsafe interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats in a vector: 4, 8 or 16.</summary>
    static abstract int Lanes { get; }

    /// <summary>The most pixels whose accumulators, two vectors each, fit the registers beside two weights and an input.</summary>
    static abstract int MostPixels { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Create(float value);

    /// <summary>One float in every lane, by one instruction that reads memory.</summary>
    static abstract TVector Broadcast(float* source);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>left · right + addend, rounded once where there is an instruction for it.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>NaN in either operand gives NaN.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>The value, or the floor where that is larger. NaN in the value stays NaN.</summary>
    static abstract TVector AtLeast(TVector floor, TVector value);

    /// <summary>The value, or the ceiling where that is smaller. NaN in the value stays NaN.</summary>
    static abstract TVector AtMost(TVector ceiling, TVector value);

    static abstract TVector Abs(TVector value);

    /// <summary>The square root; NaN of what is negative.</summary>
    static abstract TVector Sqrt(TVector value);

    /// <summary>The magnitude of one with the sign of the other.</summary>
    static abstract TVector CopySign(TVector magnitude, TVector sign);

    /// <summary><paramref name="whenTrue"/> where left is less than right.</summary>
    static abstract TVector SelectLess(TVector left, TVector right, TVector whenTrue, TVector whenFalse);

    /// <summary>The nearest whole number.</summary>
    static abstract TVector Round(TVector value);

    /// <summary>Two to a whole power from -126 to 127.</summary>
    static abstract TVector PowerOfTwo(TVector exponent);

    /// <summary>Of each four lanes the first two of both, in turns: a0 b0 a1 b1.</summary>
    static abstract TVector InterleaveLow(TVector left, TVector right);

    /// <summary>Of each four lanes the last two of both, in turns: a2 b2 a3 b3.</summary>
    static abstract TVector InterleaveHigh(TVector left, TVector right);

    /// <summary>Of each four lanes the first two of both, one after the other: a0 a1 b0 b1.</summary>
    static abstract TVector JoinLow(TVector left, TVector right);

    /// <summary>Of each four lanes the last two of both, one after the other: a2 a3 b2 b3.</summary>
    static abstract TVector JoinHigh(TVector left, TVector right);

    /// <summary>Four lanes, from 4 · <paramref name="group"/> on; a constant.</summary>
    static abstract Vector128<float> Four(TVector value, int group);

    /// <summary>The largest lane; NaN when one is.</summary>
    static abstract float Max(TVector value);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TVector value);
}
