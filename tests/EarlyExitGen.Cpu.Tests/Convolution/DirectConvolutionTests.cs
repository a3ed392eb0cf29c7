using CsCheck;
using EarlyExitGen.Cpu.Activations;

namespace EarlyExitGen.Cpu.Tests.Convolution;

[Trait("Vectors", "EveryWidth")]
public sealed class DirectConvolutionTests
{
    [Fact]
    public void Any_layer_is_as_in_float64() => RandomLayers.Any.Select(Gen.Int).Sample(
        (layer, seed) =>
        {
            CurrentLayer.Layer = layer;
            double error = ConvolutionRun.RelativeError<CurrentLayer>(layer, seed);
            Assert.True(error < ConvolutionRun.Tolerance(layer), $"{error} for {layer}");
        },
        iter: RandomLayers.Iterations(400),
        threads: 1);

    [Fact]
    public void Every_activation_is_applied()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            CurrentLayer.Layer = new ConvolutionLayer
            {
                InputChannels = 5,
                InputHeight = 9,
                InputWidth = 8,
                OutputChannels = 20,
                KernelHeight = 1,
                KernelWidth = 1,
                Activation = activation,
            };
            double error = ConvolutionRun.RelativeError<CurrentLayer>(CurrentLayer.Layer, 7);
            Assert.True(error < ConvolutionRun.Tolerance(CurrentLayer.Layer), $"{error} for {activation}");
        }
    }

    // One vector of output channels goes by tiles of its own, which end with the map however wide it is.
    [Theory]
    [InlineData(16, 1, false)]
    [InlineData(40, 2, true)]
    public void Three_taps_side_by_side_are_as_in_float64_at_every_width(int outputs, int strideY, bool pools)
    {
        foreach (int width in Enumerable.Range(3, 24))
        {
            ConvolutionLayer layer = new()
            {
                InputChannels = width % 2 == 0 ? 5 : 19,
                InputHeight = 7 + (width % 3),
                InputWidth = width,
                OutputChannels = outputs,
                KernelHeight = 1 + (width % 4),
                KernelWidth = 3,
                StrideY = strideY,
                PaddingY = 1,
                PaddingX = 1,
                InputBorder = 1,
                InputIsPlanar = width % 5 == 0,
                HasResidual = !pools,
                MaxPool2x2 = pools,
                Activation = Activation.Relu6,
            };
            CurrentLayer.Layer = layer;
            double error = ConvolutionRun.RelativeError<CurrentLayer>(layer, width);
            Assert.True(error < ConvolutionRun.Tolerance(layer), $"{error} for {layer}");
        }
    }
}
