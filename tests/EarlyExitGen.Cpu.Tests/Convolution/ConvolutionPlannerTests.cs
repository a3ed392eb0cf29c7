using EarlyExitGen.Cpu.Convolution;

namespace EarlyExitGen.Cpu.Tests.Convolution;

public sealed class ConvolutionPlannerTests
{
    [Theory]
    [InlineData(16, 16, 32, 32, 3, 1, false, ConvolutionAlgorithm.Winograd4x4)]
    [InlineData(64, 64, 56, 56, 3, 1, false, ConvolutionAlgorithm.Winograd4x4)]
    [InlineData(512, 512, 7, 7, 3, 1, false, ConvolutionAlgorithm.Winograd2x2)]
    [InlineData(64, 64, 56, 56, 1, 1, false, ConvolutionAlgorithm.Direct)]
    [InlineData(64, 64, 56, 56, 5, 1, false, ConvolutionAlgorithm.Direct)]
    [InlineData(64, 64, 56, 56, 3, 64, false, ConvolutionAlgorithm.Depthwise)]
    [InlineData(64, 64, 56, 56, 3, 2, false, ConvolutionAlgorithm.Direct)]
    [InlineData(1, 32, 28, 28, 3, 1, true, ConvolutionAlgorithm.Direct)]
    [InlineData(64, 64, 1, 1, 3, 1, false, ConvolutionAlgorithm.Direct)]
    public void The_cheapest_algorithm_that_serves_is_chosen(
        int inputs, int outputs, int height, int width, int kernel, int groups, bool planar, ConvolutionAlgorithm expected) =>
        Assert.Equal(
            expected,
            ConvolutionPlanner.Choose(inputs, outputs, height, width, kernel, kernel, groups == 1, groups, planar, pools: false));

    [Fact]
    public void Nine_small_tiles_cost_as_much_as_sixteen() => Assert.Equal(
        ConvolutionAlgorithm.Winograd4x4,
        ConvolutionPlanner.Choose(64, 128, 7, 7, 3, 3, isDense: true, 1, inputIsPlanar: false, pools: true));

    [Fact]
    public void A_strided_layer_stays_direct() => Assert.Equal(
        ConvolutionAlgorithm.Direct,
        ConvolutionPlanner.Choose(64, 64, 28, 28, 3, 3, isDense: false, 1, inputIsPlanar: false, pools: false));
}
