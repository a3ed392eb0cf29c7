using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Vectors;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>How many vectors of a packed weight's columns a tile has, and how far apart they lie.</summary>
internal interface ITileColumns
{
    static abstract bool AreTwo { get; }

    /// <summary>Floats from the first vector to the second in weights whose blocks of 16 columns are that far apart.</summary>
    static abstract int Second(int block);

    /// <summary>Floats from the first vector to the second in a row of outputs.</summary>
    static abstract int SecondOutput { get; }
}

/// <summary>One vector, of a whole block.</summary>
internal readonly struct Alone : ITileColumns
{
    public static bool AreTwo => false;

    public static int SecondOutput => 0;

    public static int Second(int block) => 0;
}

/// <summary>Two vectors, of a whole block each.</summary>
internal readonly struct OfTwoBlocks : ITileColumns
{
    public static bool AreTwo => true;

    public static int SecondOutput => FeatureMapLayout.ChannelsPerBlock;

    public static int Second(int block) => block;
}

/// <summary>Two vectors narrower than a block.</summary>
internal readonly struct WithinABlock<TSimd, TVector> : ITileColumns
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static bool AreTwo => true;

    public static int SecondOutput => TSimd.Lanes;

    public static int Second(int block) => TSimd.Lanes;
}
