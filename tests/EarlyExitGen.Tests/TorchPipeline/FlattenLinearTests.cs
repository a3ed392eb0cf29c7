using CsCheck;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A linear layer over a flattened map gives the same however the map lies in memory.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FlattenLinearTests
{
    private static readonly LinearTiming Packed = new(Rows: 1, Ordinary: 2, Packed: 1);

    private static readonly Gen<(int Rows, int Channels, int Height, int Width, int Outputs, bool HasBias)> Cases =
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 9], Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int[1, 12], Gen.Bool);

    [Fact]
    public void Every_layout_gives_what_TorchSharp_gives() => Cases.Sample(
        example =>
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor map = randn(example.Rows, example.Channels, example.Height, example.Width);
            Tensor weight = randn(example.Outputs, example.Channels * example.Height * example.Width);
            Tensor? bias = example.HasBias ? randn(example.Outputs) : null;
            Tensor overLast = weight.reshape(-1, example.Channels, example.Height, example.Width).permute(0, 2, 3, 1).flatten(1);
            FrozenLayer layer = new(weight.Handle, bias?.Handle ?? 0);
            FrozenLayer layers = layer with { OverChannelsLast = overLast.Handle };
            using FrozenLinear own = new(layers, weight, tail: null, [example.Channels, example.Height, example.Width], overLast);
            own.Take(new LinearRoute("layer", Packed, Packed));
            Tensor expected = functional.linear(map.flatten(1), weight, bias);
            Tensor sums = functional.linear(map.flatten(1).abs(), weight.abs(), bias?.abs());
            Tensor channelsLast = map.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
            Tensor turned = map.transpose(2, 3).contiguous().transpose(2, 3);

            foreach (Tensor laid in new[] { map, channelsLast, turned })
            {
                TensorAssert.CloseForSums(expected, sums, Run(laid, layer));
                TensorAssert.CloseForSums(expected, sums, Run(laid, layers));
                TensorAssert.CloseForSums(expected, sums, Run(laid, own.Layer));
            }

            foreach (Tensor laid in new[] { map, channelsLast })
            {
                nint result = own.TryRunMap(laid.Handle, tail: null);
                Assert.NotEqual(0, result);
                TensorAssert.CloseForSums(expected, sums, Tensor.UnsafeCreateTensor(result));
            }
        },
        iter: 200);

    private static Tensor Run(Tensor map, FrozenLayer layer)
    {
        TensorSlot slot = new();
        slot.Borrow(map.Handle);
        return Tensor.UnsafeCreateTensor(EarlyExitTorchPipeline.FlattenLinear(slot, layer).Handle);
    }
}
