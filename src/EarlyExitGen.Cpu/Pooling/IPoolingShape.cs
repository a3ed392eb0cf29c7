namespace EarlyExitGen.Cpu.Pooling;

/// <summary>
/// One pooling layer's constants. The output's size is stated, not derived, so that ceiling mode needs nothing more: windows that
/// reach beyond the map are cut.
/// </summary>
public interface IPoolingShape
{
    /// <summary>What is kept of a window.</summary>
    static abstract PoolingKind Kind { get; }

    /// <summary>Channels.</summary>
    static abstract int Channels { get; }

    /// <summary>Rows of the input, without border.</summary>
    static abstract int InputHeight { get; }

    /// <summary>Columns of the input, without border.</summary>
    static abstract int InputWidth { get; }

    /// <summary>Rows of the output.</summary>
    static abstract int OutputHeight { get; }

    /// <summary>Columns of the output.</summary>
    static abstract int OutputWidth { get; }

    /// <summary>Rows of a window. Adaptive pooling has none of its own.</summary>
    static virtual int KernelHeight => 1;

    /// <summary>Columns of a window.</summary>
    static virtual int KernelWidth => 1;

    /// <summary>Rows from one window to the next.</summary>
    static virtual int StrideY => 1;

    /// <summary>Columns from one window to the next.</summary>
    static virtual int StrideX => 1;

    /// <summary>Rows of padding above and below.</summary>
    static virtual int PaddingY => 0;

    /// <summary>Columns of padding left and right.</summary>
    static virtual int PaddingX => 0;

    /// <summary>Rows from one value of a window to the next; 1 for averages.</summary>
    static virtual int DilationY => 1;

    /// <summary>Columns from one value of a window to the next; 1 for averages.</summary>
    static virtual int DilationX => 1;

    /// <summary>What an average divides by instead of the window's size; 0 for that size.</summary>
    static virtual int Divisor => 0;

    /// <summary>The room around the input.</summary>
    static virtual int InputBorder => 0;

    /// <summary>The room around the output, which is left as it is.</summary>
    static virtual int OutputBorder => 0;
}
