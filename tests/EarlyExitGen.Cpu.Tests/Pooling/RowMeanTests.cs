using CsCheck;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Pooling;

[Trait("Vectors", "EveryWidth")]
public sealed class RowMeanTests
{
    [Fact]
    public void The_mean_of_rows_is_as_in_float64() => Gen.Select(Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int).Sample(
        (rows, features, seed) =>
        {
            float[] input = Closeness.Normal(rows * features, seed);
            int pitch = (features + 15) / 16 * 16;
            using Arena arena = new(Arena.RoundUp(rows * pitch) + pitch);
            ArenaBuffer map = arena.Take(rows * pitch);
            ArenaBuffer output = arena.Take(pitch);
            FeatureMap.LoadRows(input, map, rows, features);
            RowMean.Run(map, output, rows, features);
            double[] expected = [.. Enumerable.Range(0, features).Select(
                feature => Enumerable.Range(0, rows).Average(row => (double)input[(row * features) + feature]))];
            Assert.InRange(Closeness.RelativeError(expected, output.AsSpan()[..features]), 0, Math.ScaleB(4 + Math.Sqrt(rows), -24));
        },
        iter: RandomLayers.Iterations(100),
        threads: 1);
}
