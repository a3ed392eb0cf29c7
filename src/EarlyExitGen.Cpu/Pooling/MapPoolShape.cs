namespace EarlyExitGen.Cpu.Pooling;

/// <summary>A pooling layer's sizes, known when it runs. Windows that reach beyond the map are cut.</summary>
/// <param name="InputHeight">Rows of the input.</param>
/// <param name="InputWidth">Columns of the input.</param>
/// <param name="OutputHeight">Rows of the output, stated, so that ceiling mode needs nothing more.</param>
/// <param name="OutputWidth">Columns of the output.</param>
/// <param name="KernelHeight">Rows of a window.</param>
/// <param name="KernelWidth">Columns of a window.</param>
/// <param name="StrideY">Rows from one window to the next.</param>
/// <param name="StrideX">Columns from one window to the next.</param>
/// <param name="PaddingY">Rows of padding above and below.</param>
/// <param name="PaddingX">Columns of padding left and right.</param>
/// <param name="DilationY">Rows from one value of a window to the next.</param>
/// <param name="DilationX">Columns from one value of a window to the next.</param>
internal readonly record struct MapPoolShape(
    int InputHeight,
    int InputWidth,
    int OutputHeight,
    int OutputWidth,
    int KernelHeight,
    int KernelWidth,
    int StrideY,
    int StrideX,
    int PaddingY,
    int PaddingX,
    int DilationY,
    int DilationX)
{
    /// <summary>Values of a channel's input.</summary>
    internal int InputPlane => checked(InputHeight * InputWidth);

    /// <summary>Values of a channel's output.</summary>
    internal int OutputPlane => checked(OutputHeight * OutputWidth);

    internal Window Rows(int output) => Window.Strided(output, InputHeight, KernelHeight, StrideY, PaddingY, DilationY);

    internal Window Columns(int output) => Window.Strided(output, InputWidth, KernelWidth, StrideX, PaddingX, DilationX);

    /// <exception cref="ArgumentException">A length is not that of as many planes.</exception>
    internal void RequireLengths(int input, int output, int planes)
    {
        Require(input, planes, InputHeight, InputWidth);
        Require(output, planes, OutputHeight, OutputWidth);
    }

    private static void Require(int found, int planes, int height, int width)
    {
        if (found != checked(planes * height * width))
        {
            throw new ArgumentException($"Expected {planes}×{height}×{width} = {planes * height * width} floats, found {found}.");
        }
    }
}
