namespace EarlyExitGen.Cpu.Pooling;

/// <summary>A window in one dimension: the part of it within the map, and the size that an average divides by.</summary>
internal readonly record struct Window(int Begin, int End, int Size)
{
    /// <summary>The window of a pooling layer with a kernel.</summary>
    public static Window Strided(int output, int input, int kernel, int stride, int padding, int dilation)
    {
        int begin = (output * stride) - padding;
        int end = begin + (dilation * (kernel - 1)) + 1;

        // The first value within the map that is a multiple of the dilation away from the window's start.
        int first = begin >= 0 ? begin : begin + ((-begin + dilation - 1) / dilation * dilation);
        return new Window(first, Math.Min(end, input), Math.Min(end, input + padding) - begin);
    }

    /// <summary>The window of an adaptive pooling layer.</summary>
    public static Window Adaptive(int output, int input, int outputs)
    {
        int begin = output * input / outputs;
        int end = (((output + 1) * input) + outputs - 1) / outputs;
        return new Window(begin, end, end - begin);
    }
}
