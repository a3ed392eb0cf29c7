using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A map that hardly varies keeps its digits, however it lies in memory: libtorch loses them with the channels last.</summary>
public sealed class GroupNormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Keeps_the_digits_of_a_map_whose_channels_lie_last(int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(5);
        Tensor channelsLast = (1 + (1e-3 * randn(rows, 6, 6, 4))).permute(0, 3, 1, 2);
        Tensor scale = ones(4);
        Tensor shift = zeros(4);
        TensorSlot input = new();
        input.Borrow(channelsLast.Handle);

        NewTensor result = EarlyExitTorchPipeline.GroupNorm(input, new FrozenLayer(scale.Handle, shift.Handle), groups: 1, epsilon: 1e-5);

        Tensor actual = Tensor.UnsafeCreateTensor(result.Handle);
        Tensor expected = nn.functional.group_norm(channelsLast.to(ScalarType.Float64).contiguous(), 1, eps: 1e-5);
        Assert.InRange((actual - expected).abs().max().item<double>() / expected.abs().max().item<double>(), 0, 1e-4);
    }
}
