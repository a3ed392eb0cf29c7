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
            Assert.True(error < Tolerance(layer), $"{error} for {layer}");
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
            Assert.True(error < Tolerance(CurrentLayer.Layer), $"{error} for {activation}");
        }
    }

    // Each addition rounds by up to half a unit in the last place, and the roundings of a sum walk at random.
    private static double Tolerance(ConvolutionLayer layer) =>
        Math.ScaleB(4 + Math.Sqrt(layer.InputChannels / layer.Groups * layer.KernelHeight * layer.KernelWidth), -24);
}
