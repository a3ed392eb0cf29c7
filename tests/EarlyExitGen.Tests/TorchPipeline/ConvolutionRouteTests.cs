using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Which way each convolution goes can be seen, and stays as it is.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ConvolutionRouteTests
{
    [Fact]
    public void Each_convolution_is_listed_with_what_each_way_took()
    {
        using ThreeExits network = new();
        using ThreeExits.TorchPipeline pipeline = network.Freeze();

        Assert.Equal(["stem.0", "body.0", "deep.0"], pipeline.ConvolutionRoutes.Select(route => route.Path));
        foreach (ConvolutionRoute route in pipeline.ConvolutionRoutes)
        {
            Assert.Equal(1, route.OneRow.Rows);
            Assert.True(route.Batch.Rows > 1);
            foreach (ConvolutionTiming timing in new[] { route.OneRow, route.Batch })
            {
                Assert.True(timing.Ordinary > 0);
                Assert.True(timing.ChannelsLast > 0);
                Assert.True(timing.Packed > 0);
                Assert.True(timing.Direct > 0);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_layout_is_the_one_that_is_faster_for_all_layers_together(bool oneRow)
    {
        using ThreeExits network = new();
        using ThreeExits.TorchPipeline pipeline = network.Freeze();

        ConvolutionTiming[] timings = [.. pipeline.ConvolutionRoutes.Select(route => oneRow ? route.OneRow : route.Batch)];
        double ordinary = timings.Sum(timing => timing.Ordinary);
        double channelsLast = timings.Sum(timing => Math.Min(timing.ChannelsLast, Math.Min(timing.Packed, timing.Direct)));

        Assert.All(timings, timing => Assert.Equal(channelsLast >= 0.95 * ordinary ? ConvolutionWay.Ordinary : Fastest(timing), timing.Way));
    }

    [Fact]
    public void Refreezing_and_cloning_keep_the_choice()
    {
        using ThreeExits network = new();
        using ThreeExits.TorchPipeline pipeline = network.Freeze();
        ConvolutionRoute[] before = [.. pipeline.ConvolutionRoutes];
        using (no_grad()) network.get_parameter("deep.0.weight")!.mul_(2);

        pipeline.Refreeze();
        using ThreeExits.TorchPipeline clone = pipeline.Clone();

        Assert.Equal(before, pipeline.ConvolutionRoutes);
        Assert.Equal(before, clone.ConvolutionRoutes);
    }

    [Fact]
    public void A_disposed_pipeline_has_no_routes_to_show()
    {
        using ThreeExits network = new();
        ThreeExits.TorchPipeline pipeline = network.Freeze();
        pipeline.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pipeline.ConvolutionRoutes);
    }

    private static ConvolutionWay Fastest(ConvolutionTiming timing) =>
        timing.Direct <= Math.Min(timing.Packed, timing.ChannelsLast) ? ConvolutionWay.Direct
        : timing.Packed <= timing.ChannelsLast ? ConvolutionWay.Packed
        : ConvolutionWay.ChannelsLast;
}
