using CsCheck;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A convolution with its channels last or packed gives what the ordinary one gives, whatever its sizes.</summary>
[Collection(nameof(RunsAlone))]
public sealed class PackedConvolutionTests
{
    private static readonly Gen<Case> Cases =
        from groups in Gen.Int[1, 4]
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
        from seed in Gen.Long[0, 1_000]
        let channels = groups * inChannels
        let split = isDepthwise ? channels : groups
        select new Case(
            [rows, channels, size[0], size[1]],
            [(isDepthwise ? channels : groups) * outChannels, channels / split, kernel[0], kernel[1]],
            stride, padding, dilation, split, hasBias, seed);

    // libtorch itself may lay weights out wrongly, or refuse: what counts is that no convolution then goes that way.
    [Fact]
    public void Convolutions_go_only_ways_that_agree_with_the_ordinary_one()
    {
        int packed = 0;
        const int Count = 300;
        Cases.Sample(
            example =>
            {
                using IDisposable noGradient = no_grad();
                using DisposeScope scope = NewDisposeScope();
                random.manual_seed(example.Seed);
                Tensor input = randn(example.Input);
                Tensor weight = randn(example.Weight);
                Tensor? bias = example.HasBias ? randn(example.Weight[0]) : null;
                using FrozenConvolution convolution = new(
                    new FrozenLayer(weight.Handle, bias?.Handle ?? 0), weight, example.Stride, example.Padding, example.Dilation, example.Groups);
                ConvolutionTiming timing = convolution.Measure(example.Input, isFirst: false);
                Tensor expected = functional.conv2d(
                    input, weight, bias, example.Stride, example.Padding, example.Dilation, example.Groups);
                Tensor channelsLast = input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
                if (!double.IsNaN(timing.Packed)) Interlocked.Increment(ref packed);
                if (!double.IsNaN(timing.ChannelsLast)) AssertAgrees(ConvolutionWay.ChannelsLast);
                if (!double.IsNaN(timing.Packed)) AssertAgrees(ConvolutionWay.Packed);

                void AssertAgrees(ConvolutionWay way)
                {
                    convolution.Use(way);
                    TensorSlot slot = new();
                    slot.Borrow(channelsLast.Handle);
                    NewTensor result = EarlyExitTorchPipeline.Conv2d(
                        slot, convolution.Layer, example.Stride, example.Padding, example.Dilation, example.Groups);
                    TensorAssert.Close(expected, Tensor.UnsafeCreateTensor(result.Handle));
                }
            },
            iter: Count);
        Assert.InRange(packed, Count / 2, Count);
    }

    private sealed record Case(
        long[] Input,
        long[] Weight,
        long[] Stride,
        long[] Padding,
        long[] Dilation,
        long Groups,
        bool HasBias,
        long Seed)
    {
        public override string ToString() =>
            $"input [{string.Join(",", Input)}], weight [{string.Join(",", Weight)}], stride {string.Join("×", Stride)}, " +
            $"padding {string.Join("×", Padding)}, dilation {string.Join("×", Dilation)}, {Groups} groups, bias {HasBias}, " +
            $"seed {Seed}";
    }
}
