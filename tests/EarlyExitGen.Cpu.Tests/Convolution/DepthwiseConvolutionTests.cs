using CsCheck;

namespace EarlyExitGen.Cpu.Tests.Convolution;

[Trait("Vectors", "EveryWidth")]
public sealed class DepthwiseConvolutionTests
{
    [Fact]
    public void Any_layer_is_as_in_float64() => RandomLayers.Depthwise.Select(Gen.Int).Sample(
        (layer, seed) =>
        {
            CurrentLayer.Layer = layer;
            double error = ConvolutionRun.RelativeError<CurrentLayer>(layer, seed);
            Assert.True(error < ConvolutionRun.Tolerance(layer), $"{error} for {layer}");
        },
        iter: RandomLayers.Iterations(200),
        threads: 1);
}
