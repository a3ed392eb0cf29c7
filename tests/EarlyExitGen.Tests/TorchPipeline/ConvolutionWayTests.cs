using CsCheck;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A convolution, with what follows it, gives the same whichever way it goes, whatever its sizes.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ConvolutionWayTests
{
    private static readonly Gen<Case> Cases =
        from groups in Gen.Frequency((2, Gen.Int[1, 1]), (1, Gen.Int[2, 4]))
        from isDepthwise in Gen.Bool
        from inChannels in Gen.Int[1, 9]
        from outChannels in Gen.Int[1, 9]
        from kernel in Gen.Int[1, 3].Array[2]
        from stride in Gen.Long[1, 3].Array[2]
        from padding in Gen.Long[0, 2].Array[2]
        from dilation in Gen.Long[1, 2].Array[2]
        from size in Gen.Int[7, 13].Array[2]
        from rows in Gen.Int[1, 5]
        from hasBias in Gen.Bool
        from tail in Gen.Enum<Tail>()
        from seed in Gen.Long[0, 1_000]
        let channels = groups * inChannels
        let split = isDepthwise ? channels : groups
        select new Case(
            [rows, channels, size[0], size[1]],
            [(isDepthwise ? channels : groups) * outChannels, channels / split, kernel[0], kernel[1]],
            stride, padding, dilation, split, hasBias, tail, seed);

    private enum Tail
    {
        Nothing,
        ReLU6,
        AddReLU,
        MaxPool,
        OverlappingMaxPoolReLU,
    }

    // libtorch itself may lay weights out wrongly, or refuse: what counts is that no convolution then goes that way.
    [Fact]
    public void Convolutions_go_only_ways_that_agree_with_the_ordinary_one()
    {
        int packed = 0;
        int direct = 0;
        const int Count = 400;
        Cases.Sample(
            example =>
            {
                using IDisposable noGradient = no_grad();
                using DisposeScope scope = NewDisposeScope();
                random.manual_seed(example.Seed);
                Tensor input = randn(example.Input);
                Tensor weight = randn(example.Weight);
                Tensor? bias = example.HasBias ? randn(example.Weight[0]) : null;
                Tensor convolved = functional.conv2d(
                    input, weight, bias, example.Stride, example.Padding, example.Dilation, example.Groups);
                Tensor addend = randn(convolved.shape);
                Tensor sums = functional.conv2d(
                    input.abs(), weight.abs(), bias?.abs(), example.Stride, example.Padding, example.Dilation, example.Groups);
                if (example.Tail == Tail.AddReLU) sums = sums + addend.abs();
                (LayerTail? tail, Tensor expected) = After(example.Tail, convolved, addend);
                using FrozenConvolution convolution = new(
                    new FrozenLayer(weight.Handle, bias?.Handle ?? 0), weight, example.Input.AsSpan(1), example.Stride, example.Padding,
                    example.Dilation, example.Groups, tail);
                ConvolutionTiming timing = convolution.Measure(example.Input, isFirst: false);
                if (!double.IsNaN(timing.Packed)) Interlocked.Increment(ref packed);
                if (!double.IsNaN(timing.Direct)) Interlocked.Increment(ref direct);
                AssertAgrees(ConvolutionWay.Ordinary, input, addend);
                if (!double.IsNaN(timing.ChannelsLast)) AssertAgrees(ConvolutionWay.ChannelsLast, ChannelsLast(input), ChannelsLast(addend));
                if (!double.IsNaN(timing.Packed)) AssertAgrees(ConvolutionWay.Packed, ChannelsLast(input), ChannelsLast(addend));
                if (!double.IsNaN(timing.Direct)) AssertAgrees(ConvolutionWay.Direct, ChannelsLast(input), ChannelsLast(addend));
                if (!double.IsNaN(timing.Direct)) AssertAgrees(ConvolutionWay.Direct, input, addend);

                void AssertAgrees(ConvolutionWay way, Tensor map, Tensor residual)
                {
                    convolution.Use(way);
                    NewTensor result = EarlyExitTorchPipeline.Conv2d(
                        Lend(map), convolution.Layer, example.Stride, example.Padding, example.Dilation, example.Groups, tail,
                        example.Tail == Tail.AddReLU ? Lend(residual) : null);
                    TensorAssert.CloseForSums(expected, sums, Tensor.UnsafeCreateTensor(result.Handle));
                }
            },
            iter: Count);
        Assert.InRange(packed, Count / 2, Count);
        Assert.InRange(direct, Count / 4, Count);
    }

    [Theory]
    [InlineData(ConvolutionWay.Ordinary)]
    [InlineData(ConvolutionWay.Direct)]
    public void NaN_stays(ConvolutionWay way)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor input = randn(2, 3, 6, 6);
        input[1, 2, 3, 3] = float.NaN;
        Tensor weight = randn(4, 3, 3, 3);
        LayerTail tail = new LayerTail().MaxPool2d([2, 2], [2, 2], [0, 0], [1, 1], ceilMode: false).ReLU6();
        using FrozenConvolution convolution = new(
            new FrozenLayer(weight.Handle, 0), weight, [3, 6, 6], [1, 1], [1, 1], [1, 1], 1, tail);
        convolution.Use(way);

        NewTensor result = EarlyExitTorchPipeline.Conv2d(Lend(input), convolution.Layer, [1, 1], [1, 1], [1, 1], 1, tail);

        Tensor expected = functional.relu6(functional.max_pool2d(functional.conv2d(input, weight, padding: [1, 1]), [2, 2]));
        TensorAssert.Close(expected.isnan().to(float32), Tensor.UnsafeCreateTensor(result.Handle).isnan().to(float32));
        Assert.True(expected.isnan().any().item<bool>());
    }

    // What is wrong with an input, libtorch says; what lies otherwise, or has another tail, goes the ordinary way.
    [Fact]
    public void What_the_kernel_was_not_made_for_is_left_to_libtorch()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = randn(4, 3, 3, 3);
        LayerTail tail = new LayerTail().Add();
        using FrozenConvolution convolution = new(
            new FrozenLayer(weight.Handle, 0), weight, [3, 6, 6], [1, 1], [0, 0], [1, 1], 1, tail);
        convolution.Use(ConvolutionWay.Direct);
        Tensor input = randn(2, 3, 6, 6);
        Tensor addend = ChannelsLast(randn(2, 4, 4, 4));

        Assert.NotEqual(0, Owned(convolution.TryRunDirect(input.Handle, tail, addend.Handle)));
        Assert.Equal(0, convolution.TryRunDirect(input.Handle, new LayerTail().Add(), addend.Handle));
        Assert.Equal(0, convolution.TryRunDirect(input.Handle, tail, addend: 0));
        Assert.Equal(0, convolution.TryRunDirect(input.Handle, tail, randn(2, 4, 4, 4).Handle));
        Assert.Equal(0, convolution.TryRunDirect(input.Handle, tail, addend.narrow(0, 0, 1).Handle));
        Assert.Equal(0, convolution.TryRunDirect(randn(2, 3, 7, 6).Handle, tail, addend.Handle));
        Assert.Equal(0, convolution.TryRunDirect(randn(2, 3, 6, 12).narrow(3, 0, 6).Handle, tail, addend.Handle));
        Assert.Equal(0, convolution.TryRunDirect(randn(3, 6, 6).Handle, tail, addend.Handle));
        Assert.Equal(0, convolution.TryRunDirect(input.to(ScalarType.Float64).Handle, tail, addend.Handle));
    }

    private static nint Owned(nint result)
    {
        Tensor.UnsafeCreateTensor(result);
        return result;
    }

    private static (LayerTail? Tail, Tensor Expected) After(Tail kind, Tensor convolved, Tensor addend) => kind switch
    {
        Tail.ReLU6 => (new LayerTail().ReLU6(), functional.relu6(convolved)),
        Tail.AddReLU => (new LayerTail().Add().ReLU(), functional.relu(convolved + addend)),
        Tail.MaxPool when convolved.size(2) > 1 && convolved.size(3) > 1 => (
            new LayerTail().MaxPool2d([2, 2], [2, 2], [0, 0], [1, 1], ceilMode: false), functional.max_pool2d(convolved, [2, 2])),
        Tail.OverlappingMaxPoolReLU => (
            new LayerTail().MaxPool2d([3, 2], [2, 1], [1, 1], [1, 1], ceilMode: true).ReLU(),
            functional.relu(functional.max_pool2d(convolved, [3, 2], [2, 1], [1, 1], ceil_mode: true))),
        _ => (null, convolved),
    };

    private static Tensor ChannelsLast(Tensor channelsFirst) => channelsFirst.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static TensorSlot Lend(Tensor tensor)
    {
        TensorSlot slot = new();
        slot.Borrow(tensor.Handle);
        return slot;
    }

    private sealed record Case(
        long[] Input,
        long[] Weight,
        long[] Stride,
        long[] Padding,
        long[] Dilation,
        long Groups,
        bool HasBias,
        Tail Tail,
        long Seed)
    {
        public override string ToString() =>
            $"input [{string.Join(",", Input)}], weight [{string.Join(",", Weight)}], stride {string.Join("×", Stride)}, " +
            $"padding {string.Join("×", Padding)}, dilation {string.Join("×", Dilation)}, {Groups} groups, bias {HasBias}, then {Tail}, " +
            $"seed {Seed}";
    }
}
