using CsCheck;
using EarlyExitGen.Cpu.Convolution;

namespace EarlyExitGen.Cpu.Tests.Convolution;

[Trait("Vectors", "EveryWidth")]
public sealed class WinogradConvolutionTests
{
    [Theory]
    [InlineData(ConvolutionAlgorithm.Winograd2x2, 4e-7)]
    [InlineData(ConvolutionAlgorithm.Winograd4x4, 6e-6)]
    public void Any_3x3_layer_of_stride_1_is_as_in_float64(ConvolutionAlgorithm algorithm, double tolerance) =>
        RandomLayers.Winograd(algorithm).Select(Gen.Int).Sample(
            (layer, seed) =>
            {
                CurrentLayer.Layer = layer;
                double error = ConvolutionRun.RelativeError<CurrentLayer>(layer, seed);
                Assert.True(error < tolerance, $"{error} for {layer}");
            },
            iter: RandomLayers.Iterations(60),
            threads: 1);

    [Fact]
    public void Other_layers_are_refused()
    {
        CurrentLayer.Layer = new ConvolutionLayer
        {
            InputChannels = 16,
            InputHeight = 3,
            InputWidth = 8,
            OutputChannels = 16,
            KernelHeight = 3,
            KernelWidth = 3,
            PaddingY = 1,
            PaddingX = 1,
            InputBorder = 1,
            Algorithm = ConvolutionAlgorithm.Winograd4x4,
        };
        Assert.Throws<ArgumentException>(() => ConvolutionRun.RelativeError<CurrentLayer>(CurrentLayer.Layer, 1));
    }
}
