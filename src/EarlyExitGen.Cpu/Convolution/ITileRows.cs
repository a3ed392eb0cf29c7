namespace EarlyExitGen.Cpu.Convolution;

/// <summary>How the pixels of a tile lie and leave.</summary>
internal interface ITileRows
{
    /// <summary>Rows of pixels.</summary>
    static abstract int Rows { get; }

    /// <summary>Whether the largest of each 2×2 window is kept.</summary>
    static abstract bool Pools { get; }
}

/// <summary>Pixels side by side.</summary>
internal readonly struct OneRow : ITileRows
{
    public static int Rows => 1;

    public static bool Pools => false;
}

/// <summary>Two rows of pixels, for narrow maps.</summary>
internal readonly struct TwoRows : ITileRows
{
    public static int Rows => 2;

    public static bool Pools => false;
}

/// <summary>2×2 windows side by side, of which the largest pixel is kept.</summary>
internal readonly struct Windows : ITileRows
{
    public static int Rows => 2;

    public static bool Pools => true;
}
