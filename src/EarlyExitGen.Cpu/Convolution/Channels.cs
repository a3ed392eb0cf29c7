using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>How many output channels a layer computes at a time at one vector width.</summary>
internal static class Channels<TShape, TSimd, TVector>
    where TShape : struct, IConvolutionShape
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Two vectors share each input that is loaded, unless an odd number of blocks leaves only one.</summary>
    public static int Vectors
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSimd.Lanes == FeatureMapLayout.ChannelsPerBlock && Geometry<TShape>.OutputBlocks % 2 == 1 ? 1 : 2;
    }

    public static int PerGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vectors * TSimd.Lanes;
    }

    /// <summary>The most input channels that a group of output channels depends on.</summary>
    public static int InputsPerGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (TShape.Groups == 1) return TShape.InputChannels;
            int perGroup = Geometry<TShape>.OutputChannelsPerGroup;
            int touched = perGroup % PerGroup == 0 ? 1 : PerGroup % perGroup == 0 ? PerGroup / perGroup : (PerGroup - 1) / perGroup + 2;
            return Math.Min(TShape.Groups, touched) * Geometry<TShape>.InputChannelsPerGroup;
        }
    }

    /// <summary>The offset of a run of channels in a blocked map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Offset(int channel, int plane) =>
        (channel / FeatureMapLayout.ChannelsPerBlock * plane) + (channel % FeatureMapLayout.ChannelsPerBlock);

    /// <summary>The offset of the second vector of channels from the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SecondOffset(int plane) => TSimd.Lanes == FeatureMapLayout.ChannelsPerBlock ? plane : TSimd.Lanes;
}
