using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>What follows from a layer's constants. All of it folds to constants.</summary>
internal static class Geometry<TShape>
    where TShape : struct, IConvolutionShape
{
    public const int Block = FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Rows of the convolution, before pooling.</summary>
    public static int Height
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.InputHeight + (2 * TShape.PaddingY) + TShape.ExtraPaddingY - (TShape.DilationY * (TShape.KernelHeight - 1)) - 1)
            / TShape.StrideY + 1;
    }

    /// <summary>Columns of the convolution, before pooling.</summary>
    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.InputWidth + (2 * TShape.PaddingX) + TShape.ExtraPaddingX - (TShape.DilationX * (TShape.KernelWidth - 1)) - 1)
            / TShape.StrideX + 1;
    }

    public static int PoolStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.MaxPool2x2 ? 2 : 1;
    }

    /// <summary>Rows that a result depends on: a flooring pool drops an odd one.</summary>
    public static int NeededHeight
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Height / PoolStep * PoolStep;
    }

    /// <summary>Columns that a result depends on.</summary>
    public static int NeededWidth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Width / PoolStep * PoolStep;
    }

    public static int OutputBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.OutputChannels + Block - 1) / Block;
    }

    /// <summary>Floats from one input pixel to the next.</summary>
    public static int InputStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.InputIsPlanar ? 1 : Block;
    }

    public static int InputPitch
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.InputWidth + (2 * TShape.InputBorder)) * InputStep;
    }

    public static int InputPlane
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.InputHeight + (2 * TShape.InputBorder)) * InputPitch;
    }

    public static int InputPlanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.InputIsPlanar ? TShape.InputChannels : (TShape.InputChannels + Block - 1) / Block;
    }

    public static int InputLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => InputPlanes * InputPlane;
    }

    /// <summary>Where the first tap of the first output is.</summary>
    public static int InputOrigin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((TShape.InputBorder - TShape.PaddingY) * InputPitch) + ((TShape.InputBorder - TShape.PaddingX) * InputStep);
    }

    public static int OutputPitch
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((Width / PoolStep) + (2 * TShape.OutputBorder)) * Block;
    }

    public static int OutputPlane
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((Height / PoolStep) + (2 * TShape.OutputBorder)) * OutputPitch;
    }

    public static int OutputLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => OutputBlocks * OutputPlane;
    }

    public static int OutputOrigin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.OutputBorder * OutputPitch) + (TShape.OutputBorder * Block);
    }

    public static int ResidualPitch
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Width + (2 * TShape.ResidualBorder)) * Block;
    }

    public static int ResidualPlane
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Height + (2 * TShape.ResidualBorder)) * ResidualPitch;
    }

    public static int ResidualLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.HasResidual ? OutputBlocks * ResidualPlane : 0;
    }

    public static int ResidualOrigin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TShape.ResidualBorder * ResidualPitch) + (TShape.ResidualBorder * Block);
    }

    public static int InputChannelsPerGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.InputChannels / TShape.Groups;
    }

    public static int OutputChannelsPerGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TShape.OutputChannels / TShape.Groups;
    }

    /// <summary>The first input channel that a run of output channels depends on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstInput(int firstOutput) => firstOutput / OutputChannelsPerGroup * InputChannelsPerGroup;

    /// <summary>One past the last input channel that a run of output channels depends on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfInputs(int endOfOutputs) =>
        (Math.Min(endOfOutputs, TShape.OutputChannels) - 1) / OutputChannelsPerGroup * InputChannelsPerGroup + InputChannelsPerGroup;
}
