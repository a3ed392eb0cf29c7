using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Pooling;

/// <summary>How the values of a window come together.</summary>
internal interface IWindowOperation<TVector>
    where TVector : struct
{
    static abstract TVector Start { get; }

    static abstract float StartOne { get; }

    static abstract TVector Take(TVector kept, TVector next);

    static abstract float TakeOne(float kept, float next);
}

/// <summary>The largest; NaN where there is one.</summary>
internal readonly struct Maximum<TSimd, TVector> : IWindowOperation<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static TVector Start
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSimd.Create(float.NegativeInfinity);
    }

    public static float StartOne => float.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Take(TVector kept, TVector next) => TSimd.Max(kept, next);

    public static float TakeOne(float kept, float next) => MathF.Max(kept, next);
}

/// <summary>The sum.</summary>
internal readonly struct Sum<TSimd, TVector> : IWindowOperation<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static TVector Start => TSimd.Zero;

    public static float StartOne => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Take(TVector kept, TVector next) => TSimd.Add(kept, next);

    public static float TakeOne(float kept, float next) => kept + next;
}

/// <summary>Takes the rows of a window together, whatever the floats of a row stand for.</summary>
internal static unsafe class WindowRows
{
    /// <summary>Takes each float of a row together with those below it in the window.</summary>
    /// <param name="first">The window's first row.</param>
    /// <param name="line">Where to; as long as a row.</param>
    /// <param name="length">Floats of a row.</param>
    /// <param name="rows">The window's rows.</param>
    /// <param name="dilation">Rows from one value of the window to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Take<TOperation, TSimd, TVector>(float* first, float* line, int length, Window rows, int dilation)
        where TOperation : struct, IWindowOperation<TVector>
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int step = dilation * length;
        int at = 0;
        while (at < length && length >= TSimd.Lanes)
        {
            // The last vector reaches back over what is done.
            at = Math.Min(at, length - TSimd.Lanes);
            TVector kept = TOperation.Start;
            float* source = first + at;
            for (int row = rows.Begin; row < rows.End; row += dilation, source += step) kept = TOperation.Take(kept, TSimd.Load(source));
            TSimd.Store(kept, line + at);
            at += TSimd.Lanes;
        }

        for (; at < length; at++)
        {
            float kept = TOperation.StartOne;
            float* source = first + at;
            for (int row = rows.Begin; row < rows.End; row += dilation, source += step) kept = TOperation.TakeOne(kept, *source);
            line[at] = kept;
        }
    }
}
