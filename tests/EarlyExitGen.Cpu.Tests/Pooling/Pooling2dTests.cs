using CsCheck;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Pooling;

[Trait("Vectors", "EveryWidth")]
public sealed class Pooling2dTests
{
    [Fact]
    public void Any_layer_is_as_in_float64() => RandomPooling.Any.Select(Gen.Int).Sample(
        (layer, seed) =>
        {
            CurrentPooling.Layer = layer;
            float[] input = Closeness.Normal(layer.Channels * layer.InputHeight * layer.InputWidth, seed);
            double error = Closeness.RelativeError(ReferencePooling.Run(layer, input), Run(layer, input));
            Assert.True(error < 1e-6, $"{error} for {layer}");
        },
        iter: RandomLayers.Iterations(400),
        threads: 1);

    [Fact]
    public void NaN_is_the_largest()
    {
        PoolingLayer layer = new()
        {
            Kind = PoolingKind.Max,
            Channels = 1,
            InputHeight = 2,
            InputWidth = 2,
            OutputHeight = 1,
            OutputWidth = 1,
            KernelHeight = 2,
            KernelWidth = 2,
        };
        CurrentPooling.Layer = layer;
        for (int index = 0; index < 4; index++)
        {
            float[] input = [1, 2, 3, 4];
            input[index] = float.NaN;
            Assert.Equal([float.NaN], Run(layer, input));
        }
    }

    private static float[] Run(PoolingLayer layer, float[] input)
    {
        FeatureMapShape from = new(layer.Channels, layer.InputHeight, layer.InputWidth, layer.InputBorder);
        FeatureMapShape to = new(layer.Channels, layer.OutputHeight, layer.OutputWidth, layer.OutputBorder);
        using Arena arena = new(Arena.RoundUp(from.Length) + Arena.RoundUp(to.Length));
        ArenaBuffer x = arena.Take(from.Length);
        ArenaBuffer y = arena.Take(to.Length);
        FeatureMap.LoadBlocked(input, x, from.Channels, from.Height, from.Width, from.Border);
        Pooling2d.Run<CurrentPooling>(x, y);
        float[] output = new float[to.Channels * to.Height * to.Width];
        FeatureMap.StoreBlocked(y, output, to.Channels, to.Height, to.Width, to.Border);
        return output;
    }
}
