using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Convolution;

/// <summary>Runs one layer on random values beside the reference.</summary>
internal static class ConvolutionRun
{
    /// <summary>
    /// What rounding may do to a layer without Winograd's algorithm: each addition rounds by up to half a unit in the last place, and the
    /// roundings of a sum walk at random.
    /// </summary>
    public static double Tolerance(ConvolutionLayer layer) =>
        Math.ScaleB(4 + Math.Sqrt(layer.InputChannels / layer.Groups * layer.KernelHeight * layer.KernelWidth), -24);

    /// <summary>The error of a layer over the largest sum of its terms without their signs, after checking that it wrote nowhere else.</summary>
    public static double RelativeError<TShape>(ConvolutionLayer layer, int seed)
        where TShape : struct, IConvolutionShape
    {
        float[] input = Closeness.Normal(layer.InputChannels * layer.InputHeight * layer.InputWidth, seed);
        int terms = layer.InputChannels / layer.Groups * layer.KernelHeight * layer.KernelWidth;
        float[] weight = Closeness.Normal(layer.OutputChannels * terms, seed + 1);

        // Sums of about 2, so that every branch of an activation is met and none hides the sums.
        for (int index = 0; index < weight.Length; index++) weight[index] *= 2 / MathF.Sqrt(terms);
        float[] bias = Closeness.Normal(layer.OutputChannels, seed + 2);
        float[] residual = Closeness.Normal(layer.HasResidual ? layer.OutputChannels * layer.Height * layer.Width : 0, seed + 3);

        int inputLength = layer.InputIsPlanar
            ? FeatureMapLayout.PlanarLength(layer.InputChannels, layer.InputHeight, layer.InputWidth, layer.InputBorder)
            : FeatureMapLayout.BlockedLength(layer.InputChannels, layer.InputHeight, layer.InputWidth, layer.InputBorder);
        int outputLength = FeatureMapLayout.BlockedLength(layer.OutputChannels, layer.OutputHeight, layer.OutputWidth, layer.OutputBorder);
        int residualLength = layer.HasResidual
            ? FeatureMapLayout.BlockedLength(layer.OutputChannels, layer.Height, layer.Width, layer.ResidualBorder)
            : 0;
        int packedLength = Convolution2d.PackedLength<TShape>();
        int scratchLength = Convolution2d.ScratchLength<TShape>();
        int[] lengths = [inputLength, outputLength, residualLength, packedLength, scratchLength, Arena.Alignment];
        using Arena arena = new(lengths.Sum(length => Arena.RoundUp(length)));
        ArenaBuffer x = arena.Take(inputLength);
        ArenaBuffer added = arena.Take(residualLength);
        ArenaBuffer packed = arena.Take(packedLength);
        ArenaBuffer scratch = arena.Take(scratchLength);
        ArenaBuffer y = arena.Take(outputLength);
        ArenaBuffer beyond = arena.Take(Arena.Alignment);

        if (layer.InputIsPlanar)
        {
            FeatureMap.LoadPlanar(input, x, layer.InputChannels, layer.InputHeight, layer.InputWidth, layer.InputBorder);
        }
        else
        {
            FeatureMap.LoadBlocked(input, x, layer.InputChannels, layer.InputHeight, layer.InputWidth, layer.InputBorder);
        }

        if (layer.HasResidual)
        {
            FeatureMap.LoadBlocked(residual, added, layer.OutputChannels, layer.Height, layer.Width, layer.ResidualBorder);
        }

        Convolution2d.Pack<TShape>(weight, bias, packed);
        Convolution2d.Run<TShape>(x, packed, y, added, scratch);

        float[] actual = new float[layer.OutputChannels * layer.OutputHeight * layer.OutputWidth];
        FeatureMap.StoreBlocked(y, actual, layer.OutputChannels, layer.OutputHeight, layer.OutputWidth, layer.OutputBorder);
        RequireZeroBorder(y.AsSpan(), layer);
        Assert.All(beyond.AsSpan().ToArray(), value => Assert.Equal(0, value));
        double[] expected = ReferenceConvolution.Run(layer, input, weight, bias, residual);
        double[] sums = ReferenceConvolution.Run(
            layer with { Activation = Activation.None, MaxPool2x2 = false }, Absolute(input), Absolute(weight), Absolute(bias), Absolute(residual));
        return Closeness.RelativeError(expected, sums, actual);

        static float[] Absolute(float[] values) => Array.ConvertAll(values, MathF.Abs);
    }

    private static void RequireZeroBorder(ReadOnlySpan<float> map, ConvolutionLayer layer)
    {
        int border = layer.OutputBorder;
        int width = layer.OutputWidth + (2 * border);
        int height = layer.OutputHeight + (2 * border);
        for (int index = 0; index < map.Length; index++)
        {
            int pixel = index / FeatureMapLayout.ChannelsPerBlock;
            int column = (pixel % width) - border;
            int row = (pixel / width % height) - border;
            bool inside = row >= 0 && row < layer.OutputHeight && column >= 0 && column < layer.OutputWidth;
            if (!inside && map[index] != 0) Assert.Fail($"The border at row {row}, column {column} was written.");
        }
    }
}
