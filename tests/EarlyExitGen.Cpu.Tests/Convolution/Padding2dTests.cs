using CsCheck;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Tests.Convolution;

public sealed class Padding2dTests
{
    [Fact]
    public void Every_pixel_is_the_one_that_the_kind_says() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Enum<PaddingKind>(), Gen.Int).Sample(
            (channels, height, width, border, outputBorder, kind, seed) =>
            {
                Random random = new(seed);
                int top = random.Next(Most(height, kind) + 1);
                int bottom = random.Next(Most(height, kind) + 1);
                int left = random.Next(Most(width, kind) + 1);
                int right = random.Next(Most(width, kind) + 1);
                FeatureMapShape shape = new(channels, height, width, border);
                FeatureMapShape padded = new(channels, height + top + bottom, width + left + right, outputBorder);
                using Arena arena = new(Arena.RoundUp(shape.Length) + padded.Length);
                ArenaBuffer map = arena.Take(shape.Length);
                ArenaBuffer output = arena.Take(padded.Length);
                float[] values = [.. Enumerable.Range(1, channels * height * width).Select(value => (float)value)];
                FeatureMap.LoadBlocked(values, map, channels, height, width, border);
                Padding2d.Run(map, shape, output, padded, top, left, kind);

                float[] actual = new float[channels * padded.Height * padded.Width];
                FeatureMap.StoreBlocked(output, actual, channels, padded.Height, padded.Width, outputBorder);
                for (int index = 0; index < actual.Length; index++)
                {
                    int channel = index / padded.Width / padded.Height;
                    int row = Expected((index / padded.Width % padded.Height) - top, height, kind);
                    int column = Expected((index % padded.Width) - left, width, kind);
                    Assert.Equal(values[(((channel * height) + row) * width) + column], actual[index]);
                }

                // The border and the lanes that are no channels stay zero.
                Assert.Equal(actual.Length, output.AsSpan().ToArray().Count(value => value != 0));
            });

    [Theory]
    [InlineData(PaddingKind.Reflect, 4, 0)]
    [InlineData(PaddingKind.Reflect, 0, 4)]
    [InlineData(PaddingKind.Circular, 5, 0)]
    [InlineData(PaddingKind.Replicate, -1, 1)]
    public void More_than_the_map_can_give_is_refused(PaddingKind kind, int before, int after)
    {
        using Arena arena = new(1 << 12);
        FeatureMapShape shape = new(16, 4, 4);
        FeatureMapShape padded = new(16, 4, 4 + before + after);
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => Padding2d.Run(arena.Take(shape.Length), shape, arena.Take(2048), padded, 0, before, kind));
        Assert.Contains($"4 columns can't be padded by {before} and {after}", exception.Message, StringComparison.Ordinal);
    }

    // Step by step, as one would count on paper.
    private static int Expected(int at, int size, PaddingKind kind)
    {
        int[] places = kind switch
        {
            PaddingKind.Circular => [.. Enumerable.Range(0, size)],
            _ => [.. Enumerable.Range(0, size), .. Enumerable.Range(1, Math.Max(0, size - 2)).Reverse()],
        };
        return kind == PaddingKind.Replicate ? Math.Clamp(at, 0, size - 1) : places[((at % places.Length) + places.Length) % places.Length];
    }

    private static int Most(int size, PaddingKind kind) => kind switch
    {
        PaddingKind.Reflect => size - 1,
        PaddingKind.Replicate => 3,
        _ => size,
    };
}
