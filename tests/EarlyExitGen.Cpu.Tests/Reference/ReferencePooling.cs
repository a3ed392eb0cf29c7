using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Cpu.Tests.Pooling;

namespace EarlyExitGen.Cpu.Tests.Reference;

/// <summary>A pooling layer in float64, window by window, as PyTorch defines it.</summary>
internal static class ReferencePooling
{
    public static double[] Run(PoolingLayer layer, float[] input)
    {
        double[] output = new double[layer.Channels * layer.OutputHeight * layer.OutputWidth];
        for (int index = 0; index < output.Length; index++)
        {
            int row = index / layer.OutputWidth % layer.OutputHeight;
            int column = index % layer.OutputWidth;
            bool adaptive = layer.Kind is PoolingKind.AdaptiveAverage or PoolingKind.AdaptiveMax;
            int[] rows = adaptive
                ? Adaptive(row, layer.InputHeight, layer.OutputHeight)
                : Strided(row, layer.InputHeight, layer.KernelHeight, layer.StrideY, layer.PaddingY, layer.DilationY);
            int[] columns = adaptive
                ? Adaptive(column, layer.InputWidth, layer.OutputWidth)
                : Strided(column, layer.InputWidth, layer.KernelWidth, layer.StrideX, layer.PaddingX, layer.DilationX);
            int plane = index / layer.OutputWidth / layer.OutputHeight * layer.InputHeight * layer.InputWidth;
            output[index] = Keep(layer, plane, rows, columns, input);
        }

        return output;
    }

    private static double Keep(PoolingLayer layer, int plane, int[] rows, int[] columns, float[] input)
    {
        List<double> values = [];
        foreach (int y in rows.Where(y => y >= 0 && y < layer.InputHeight))
        {
            foreach (int x in columns.Where(x => x >= 0 && x < layer.InputWidth)) values.Add(input[plane + (y * layer.InputWidth) + x]);
        }

        if (layer.Kind is PoolingKind.Max or PoolingKind.AdaptiveMax) return values.Max();
        if (layer.Divisor != 0) return values.Sum() / layer.Divisor;
        return values.Sum() / (layer.Kind == PoolingKind.AverageWithPadding ? rows.Length * columns.Length : values.Count);
    }

    private static int[] Strided(int output, int input, int kernel, int stride, int padding, int dilation) =>
    [
        .. Enumerable.Range(0, kernel)
            .Select(tap => (output * stride) - padding + (tap * dilation))
            .Where(position => position < input + padding),
    ];

    private static int[] Adaptive(int output, int input, int outputs)
    {
        int begin = (int)Math.Floor((double)output * input / outputs);
        int end = (int)Math.Ceiling((output + 1.0) * input / outputs);
        return [.. Enumerable.Range(begin, end - begin)];
    }
}
