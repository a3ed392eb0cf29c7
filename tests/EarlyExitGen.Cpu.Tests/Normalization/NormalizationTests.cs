using CsCheck;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Normalization;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Normalization;

[Trait("Vectors", "EveryWidth")]
public sealed class NormalizationTests
{
    [Fact]
    public void Softmax_is_as_in_float64() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 120], Gen.Int).Sample(
        (rows, features, seed) =>
        {
            float[] input = [.. Closeness.Normal(rows * features, seed).Select(value => value * 10)];
            double[] expected = new double[input.Length];
            for (int row = 0; row < rows; row++)
            {
                double[] exp = [.. input.Skip(row * features).Take(features).Select(value => Math.Exp(value))];
                for (int at = 0; at < features; at++) expected[(row * features) + at] = exp[at] / exp.Sum();
            }

            float[] actual = OnRows(input, rows, features, map => Softmax.Run(map, rows, features));
            Assert.True(Closeness.RelativeError(expected, actual) < 5e-7);
        },
        iter: RandomLayers.Iterations(200),
        threads: 1);

    [Fact]
    public void The_logarithm_of_softmax_is_as_in_float64() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 120], Gen.Int).Sample(
        (rows, features, seed) =>
        {
            float[] input = [.. Closeness.Normal(rows * features, seed).Select(value => value * 10)];
            double[] expected = new double[input.Length];
            for (int row = 0; row < rows; row++)
            {
                double sum = input.Skip(row * features).Take(features).Sum(value => Math.Exp(value));
                for (int at = row * features; at < (row + 1) * features; at++) expected[at] = input[at] - Math.Log(sum);
            }

            float[] actual = OnRows(input, rows, features, map => Softmax.RunLogarithm(map, rows, features));
            Assert.InRange(Closeness.RelativeError(expected, actual), 0, 5e-7);
        },
        iter: RandomLayers.Iterations(200),
        threads: 1);

    [Fact]
    public void A_row_with_NaN_becomes_NaN()
    {
        float[] actual = OnRows([1, float.NaN, 2, 1, 2, 3], 2, 3, map => Softmax.Run(map, 2, 3));
        Assert.Equal([true, true, true, false, false, false], actual.Select(float.IsNaN));
    }

    [Fact]
    public void LayerNorm_is_as_in_float64() => Gen.Select(Gen.Int[1, 5], Gen.Int[2, 120], Gen.Int).Sample(
        (rows, features, seed) =>
        {
            float[] input = [.. Closeness.Normal(rows * features, seed).Select(value => value + 1)];
            float[] scale = Closeness.Normal(features, seed + 1);
            float[] shift = Closeness.Normal(features, seed + 2);
            double[] expected = new double[input.Length];
            for (int row = 0; row < rows; row++)
            {
                double[] values = [.. input.Skip(row * features).Take(features).Select(value => (double)value)];
                double mean = values.Average();
                double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + 1e-3f);
                for (int at = 0; at < features; at++)
                {
                    expected[(row * features) + at] = ((values[at] - mean) / deviation * scale[at]) + shift[at];
                }
            }

            using Arena arena = new(LayerNorm.PackedLength(features));
            ArenaBuffer packed = arena.Take(LayerNorm.PackedLength(features));
            LayerNorm.Pack(scale, shift, features, packed);
            float[] actual = OnRows(input, rows, features, map => LayerNorm.Run(map, packed, map, rows, features, 1e-3f));
            Assert.True(Closeness.RelativeError(expected, actual) < 2e-6);
        },
        iter: RandomLayers.Iterations(200),
        threads: 1);

    [Fact]
    public void GroupNorm_is_as_in_float64() => Gen.Select(Gen.Int[1, 6], Gen.Int[1, 9], Gen.Int[1, 6], Gen.Int[0, 1], Gen.Int).Sample(
        (groups, perGroup, size, border, seed) =>
        {
            FeatureMapShape shape = new(groups * perGroup, size + 1, size, border);
            int plane = shape.Height * shape.Width;
            float[] input = [.. Closeness.Normal(shape.Channels * plane, seed).Select(value => value + 1)];
            float[] scale = Closeness.Normal(shape.Channels, seed + 1);
            double[] expected = new double[input.Length];
            for (int group = 0; group < groups; group++)
            {
                double[] values = [.. input.Skip(group * perGroup * plane).Take(perGroup * plane).Select(value => (double)value)];
                double mean = values.Average();
                double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + 1e-3);
                for (int at = 0; at < values.Length; at++)
                {
                    int index = (group * perGroup * plane) + at;
                    expected[index] = (values[at] - mean) / deviation * scale[index / plane];
                }
            }

            using Arena arena = new(Arena.RoundUp(shape.Length) + LayerNorm.PackedLength(shape.Channels));
            ArenaBuffer map = arena.Take(shape.Length);
            ArenaBuffer packed = arena.Take(LayerNorm.PackedLength(shape.Channels));
            LayerNorm.Pack(scale, [], shape.Channels, packed);
            FeatureMap.LoadBlocked(input, map, shape.Channels, shape.Height, shape.Width, shape.Border);
            GroupNorm.Run(map, shape, groups, packed, map, 1e-3);
            float[] actual = new float[input.Length];
            FeatureMap.StoreBlocked(map, actual, shape.Channels, shape.Height, shape.Width, shape.Border);
            Assert.True(Closeness.RelativeError(expected, actual) < 1e-6);
        },
        iter: RandomLayers.Iterations(100),
        threads: 1);

    /// <summary>Runs something on rows of features in their layout.</summary>
    private static float[] OnRows(float[] values, int rows, int features, Action<ArenaBuffer> action)
    {
        int pitch = (int)Arena.RoundUp(features);
        using Arena arena = new(rows * pitch);
        ArenaBuffer map = arena.Take(rows * pitch);
        for (int row = 0; row < rows; row++) values.AsSpan(row * features, features).CopyTo(map.AsSpan()[(row * pitch)..]);
        action(map);
        float[] result = new float[values.Length];
        for (int row = 0; row < rows; row++) map.AsSpan().Slice(row * pitch, features).CopyTo(result.AsSpan(row * features));
        return result;
    }
}
