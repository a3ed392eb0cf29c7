using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Weights;

namespace EarlyExitGen.Cpu.Tests.Weights;

/// <summary>Tensors of a network's own lie among the weights as kernels read maps, with what they repeat, and zeros around them.</summary>
public sealed class OwnedTensorPackingTests
{
    private const string Name = "positions";

    [Fact]
    public void Rows_are_filled_up_with_zeros()
    {
        float[] packed = Pack([2, 3], [1, 2, 3, 4, 5, 6], weights => weights.TensorOfRows(Name, [2, 3], rows: 2, features: 3));

        float[] expected = new float[32];
        (expected[0], expected[1], expected[2], expected[16], expected[17], expected[18]) = (1, 2, 3, 4, 5, 6);
        Assert.Equal(expected, packed);
    }

    [Fact]
    public void Dimensions_of_size_1_are_repeated()
    {
        float[] packed = Pack(
            [2, 1, 3],
            [1, 2, 3, 4, 5, 6],
            weights => weights.TensorOfRows(Name, [2, 1, 3], [2, 1, 3], [2, 2, 3], rows: 4, features: 3));

        Assert.Equal([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6], Enumerable.Range(0, 12).Select(at => packed[(at / 3 * 16) + (at % 3)]));
    }

    [Fact]
    public void Maps_have_their_channels_side_by_side_and_zeros_around_them()
    {
        float[] packed = Pack(
            [2], [7, 8], weights => weights.TensorOfMap(Name, [2], [2, 1, 1], [2, 1, 2], channels: 2, height: 1, width: 2, border: 1));

        Assert.Equal(FeatureMapLayout.BlockedLength(2, 1, 2, 1), packed.Length);
        float[] expected = new float[packed.Length];
        foreach (int pixel in (int[])[5, 6]) (expected[pixel * 16], expected[(pixel * 16) + 1]) = (7, 8);
        Assert.Equal(expected, packed);
    }

    [Fact]
    public void Another_shape_is_refused()
    {
        WeightsFileException exception = Assert.Throws<WeightsFileException>(() =>
            Pack([3], [1, 2, 3], weights => weights.TensorOfMap(Name, [4], channels: 4, height: 1, width: 1)));

        Assert.Contains("'positions'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("expected shape [4], found [3]", exception.Message, StringComparison.Ordinal);
    }

    private static float[] Pack(long[] shape, float[] values, Action<WeightPacker> pack)
    {
        PackedWeights packed = PackedWeights.Pack(SafetensorsFile.Create([WeightsEntry.Create(Name, shape, values)]), pack);
        try
        {
            return packed[0].AsSpan().ToArray();
        }
        finally
        {
            packed.Release();
        }
    }
}
