using CsCheck;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Our pooling gives what libtorch's gives, the largest values exactly, in the layout of what it is given.</summary>
public sealed class MapPoolingTests
{
    private static readonly Gen<Case> Cases =
        from rows in Gen.Int[1, 3]
        from channels in Gen.Int[1, 37]
        from size in Gen.Int[7, 40].Array[2]
        from kernel in Gen.Long[1, 4].Array[2]
        from stride in Gen.Long[1, 4].Array[2]
        from share in Gen.Long[0, 2].Array[2]
        from dilation in Gen.Long[1, 2].Array[2]
        from ceilMode in Gen.Bool
        from isChannelsLast in Gen.Bool
        from hasNaN in Gen.Bool
        from seed in Gen.Long[0, 1_000]
        select new Case(
            [rows, channels, size[0], size[1]],
            kernel,
            stride,
            [Math.Min(share[0], kernel[0] / 2), Math.Min(share[1], kernel[1] / 2)],
            dilation,
            ceilMode,
            isChannelsLast,
            hasNaN,
            seed);

    [Fact]
    public void It_agrees_with_libtorch_to_the_bit() => Cases.Sample(
        example =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            random.manual_seed(example.Seed);
            Tensor values = randn(example.Input);
            if (example.HasNaN) values.view(-1)[values.numel() / 2] = float.NaN;
            Tensor input = example.IsChannelsLast ? ChannelsLast(values) : values;

            nint result = MapPooling.TryRun(
                input.Handle, example.Kernel, example.Stride, example.Padding, example.Dilation, example.CeilMode);

            Assert.NotEqual(0, result);
            Tensor actual = Tensor.UnsafeCreateTensor(result);
            Tensor expected = functional.max_pool2d(
                values, example.Kernel, example.Stride, example.Padding, example.Dilation, example.CeilMode);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(expected.data<float>().ToArray(), actual.contiguous().data<float>().ToArray());
            if (!input.is_contiguous()) Assert.Equal([1, actual.size(1)], [actual.stride(1), actual.stride(3)]);
        },
        iter: 500);

    [Fact]
    public void Averages_agree_with_libtorch() => Cases.Sample(
        example =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            random.manual_seed(example.Seed);
            Tensor values = randn(example.Input);
            bool countsPadding = example.Seed % 2 == 0;
            long divisor = example.Seed % 5 == 0 ? 3 : 0;

            nint result = MapPooling.TryAverage(
                ChannelsLast(values).Handle, example.Kernel, example.Stride, example.Padding, example.CeilMode, countsPadding, divisor);

            // With one channel both layouts are one.
            Assert.Equal(example.Input[1] > 1, result != 0);
            if (result == 0) return;
            Tensor expected = functional.avg_pool2d(
                values, example.Kernel, example.Stride, example.Padding, example.CeilMode, countsPadding, divisor == 0 ? null : divisor);
            TensorAssert.CloseForSums(expected, values.abs(), Tensor.UnsafeCreateTensor(result));
        },
        iter: 300);

    [Fact]
    public void What_has_gaps_or_another_type_is_left_to_libtorch()
    {
        using Tensor values = randn(2, 8, 12, 12);
        using Tensor part = values.narrow(3, 0, 10);
        using Tensor doubles = values.to(ScalarType.Float64);
        using Tensor line = randn(8, 12, 12);

        foreach (Tensor input in new[] { part, doubles, line })
        {
            Assert.Equal(0, MapPooling.TryRun(input.Handle, [2, 2], [2, 2], [0, 0], [1, 1], ceilMode: false));
        }
    }

    [Fact]
    public void What_libtorch_refuses_is_not_answered()
    {
        using Tensor values = randn(1, 4, 3, 3);

        Assert.Equal(0, MapPooling.TryRun(values.Handle, [5, 5], [1, 1], [0, 0], [1, 1], ceilMode: false));
        Assert.Equal(0, MapPooling.TryRun(values.Handle, [2, 2], [1, 1], [2, 2], [1, 1], ceilMode: false));
    }

    private static Tensor ChannelsLast(Tensor channelsFirst) => channelsFirst.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private sealed record Case(
        long[] Input,
        long[] Kernel,
        long[] Stride,
        long[] Padding,
        long[] Dilation,
        bool CeilMode,
        bool IsChannelsLast,
        bool HasNaN,
        long Seed);
}
