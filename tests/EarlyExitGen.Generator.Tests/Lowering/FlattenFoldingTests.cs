using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Tests;

/// <summary>A linear layer takes the flattening before it over exactly where it alone reads the flattened map.</summary>
public sealed class FlattenFoldingTests
{
    private static readonly Flatten Flattening = new(Start: 1, End: -1);
    private static readonly Linear Layer128 = new(InFeatures: 128, OutFeatures: 10, Bias: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_linear_layer_reads_the_map(bool hasDropoutBetween)
    {
        LayerModel[] layers = hasDropoutBetween
            ? [Layer(Flattening, 0), Layer(new Identity("Dropout", Argument: null), 1), Layer(Layer128, 2)]
            : [Layer(Flattening, 0), Layer(Layer128, 1)];
        LoweredPart part = Place(layers, 8, 4, 4);

        LoweredPart folded = FlattenFolding.Run(part, _ => true);

        Assert.Equal(layers.Length - 1, folded.Steps.Count);
        Step last = folded.Steps[folded.Steps.Count - 1];
        Assert.Equal(StepChange.Flattens, last.Change);
        Assert.Equal(part.Steps[0].InputSlots, last.InputSlots);
        Assert.Equal(part.Input, last.Input);
        Assert.Equal(part.Output, last.Output);
    }

    [Fact]
    public void A_layer_that_is_used_elsewhere_too_keeps_its_weight() =>
        AssertKept(Place([Layer(Flattening, 0), Layer(Layer128, 1)], 8, 4, 4), isUsedOnce: false);

    [Fact]
    public void A_flattened_map_that_others_read_stays() =>
        AssertKept(Place([Layer(Flattening, 0), Layer(Layer128, 1), Layer(Layer128, 1), Layer(new Elementwise(ElementwiseKind.Add), 2, 3)], 8, 4, 4));

    [Fact]
    public void A_flattened_map_that_is_changed_first_stays() =>
        AssertKept(Place([Layer(Flattening, 0), Layer(new Activation(ActivationKind.ReLU, 0, InPlace: false), 1), Layer(Layer128, 2)], 8, 4, 4));

    [Theory]
    [InlineData(1, 8, 16)]
    [InlineData(128, 1, 1)]
    public void A_map_with_one_order_stays(int channels, int height, int width) =>
        AssertKept(Place([Layer(Flattening, 0), Layer(Layer128, 1)], channels, height, width));

    [Fact]
    public void Flattening_what_is_no_map_stays() => AssertKept(Place([Layer(Flattening, 0), Layer(Layer128, 1)], 8, 16));

    private static LayerModel Layer(Operation operation, params int[] inputs) => new("", operation, new([.. inputs]));

    private static LoweredPart Place(LayerModel[] layers, params long[] input) =>
        new BufferPlanner(extraInputs: 0).PlaceExit(ShapeInference.Run(new([.. layers]), TensorShape.OfInput(new([.. input])), extraInputs: []));

    private static void AssertKept(LoweredPart part, bool isUsedOnce = true) => Assert.Equal(part, FlattenFolding.Run(part, _ => isUsedOnce));
}
