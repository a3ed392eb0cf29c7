using CsCheck;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Gathered rows are those of libtorch, and lie in memory as they did.</summary>
public sealed class RowGatherTests
{
    private static readonly Gen<(long[] Shape, bool HasChannelsLast, ScalarType Type, int Seed)> Cases = Gen.Select(
        Gen.Long[1, 7].Array[1, 5],
        Gen.Bool,
        Gen.Int[0, 3].Select(index => new[] { ScalarType.Float32, ScalarType.Int64, ScalarType.Bool, ScalarType.Float64 }[index]),
        Gen.Int[0, 1_000]);

    [Fact]
    public void Rows_are_those_of_libtorch() => Cases.Sample(
        example =>
        {
            using DisposeScope scope = NewDisposeScope();
            random.manual_seed(example.Seed);
            Tensor values = (randn(example.Shape) * 9).to(example.Type);
            if (example.HasChannelsLast && values.dim() == 4) values = values.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
            long[] places = [.. Enumerable.Range(0, (int)example.Shape[0]).Where(row => (row + example.Seed) % 3 != 0).Select(row => (long)row)];
            if (places.Length == 0) places = [0];

            Assert.True(RowGather.CanRun(values.Handle, places));
            Tensor actual = Tensor.UnsafeCreateTensor(RowGather.Run(values.Handle, places));

            Assert.Equal(example.Type, actual.dtype);
            Assert.Equal(1, values.index_select(0, tensor(places)).eq(actual).all().to(int64).item<long>());
            Assert.Equal(values.stride()[1..], actual.stride()[1..]);
        },
        iter: 300);

    [Fact]
    public void Rows_that_are_not_there_are_left_to_libtorch()
    {
        using Tensor values = randn(4, 6);

        Assert.False(RowGather.CanRun(values.Handle, [0, 4]));
        Assert.False(RowGather.CanRun(values.Handle, [-1]));
    }

    [Fact]
    public void What_has_gaps_or_another_type_is_left_to_libtorch()
    {
        using Tensor values = randn(4, 6);
        using Tensor part = values.narrow(1, 0, 3);
        using Tensor turned = randn(6, 4).transpose(0, 1);
        using Tensor half = values.to(ScalarType.BFloat16);
        using Tensor number = tensor(3f);

        foreach (Tensor input in new[] { part, turned, half, number }) Assert.False(RowGather.CanRun(input.Handle, [0]));
    }
}
