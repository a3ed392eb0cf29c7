using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Tests;

/// <summary>The Torch pipeline pools before an activation exactly where nobody can see the difference.</summary>
public sealed class PoolingFirstTests
{
    private static readonly Operation Convolution3x3 = new Convolution(
        InChannels: 4, OutChannels: 4, Kernel: [3, 3], Stride: [1, 1], Padding: [1, 1], Dilation: [1, 1], Groups: 1, Bias: true,
        PaddingRule.Explicit, PaddingMode.Zeros);

    private static readonly Activation ReLU = new(ActivationKind.ReLU, Argument: 0, InPlace: false);

    private static readonly MaxPool Pool2x2 = new(Kernel: [2, 2], Stride: [2, 2], Padding: [0, 0], Dilation: [1, 1], CeilMode: false);

    [Theory]
    [InlineData(nameof(ActivationKind.ReLU), 0, 0)]
    [InlineData(nameof(ActivationKind.ReLU6), 0, 0)]
    [InlineData(nameof(ActivationKind.LeakyReLU), 0.1, 0)]
    [InlineData(nameof(ActivationKind.Hardtanh), -1, 2)]
    public void Pools_before_an_activation_that_never_decreases(string kind, double first, double second)
    {
        LoweredPart part = Place(Named(kind, first, second), Pool2x2);

        LoweredPart ordered = PoolingFirst.Run(part);

        Assert.Equal([typeof(Convolution), typeof(MaxPool), typeof(Activation)], Operations(ordered));
        Step pool = ordered.Steps[1];
        Step activation = ordered.Steps[2];
        Assert.Equal(part.Steps[1].InputSlots, pool.InputSlots);
        Assert.Equal(part.Steps[2].OutputSlot, pool.OutputSlot);
        Assert.True(activation.InPlace);
        Assert.Equal([pool.OutputSlot], activation.InputSlots);
        Assert.Equal(pool.Output, activation.Input);
        Assert.Equal([[0], [1], [2]], ordered.Steps.Select(step => step.Layer.Inputs.ToArray()));
    }

    [Fact]
    public void Pools_first_where_the_author_overwrites_what_nobody_else_reads()
    {
        LoweredPart part = Place(ReLU with { InPlace = true }, Pool2x2);

        Assert.Equal([typeof(Convolution), typeof(MaxPool), typeof(Activation)], Operations(PoolingFirst.Run(part)));
    }

    [Fact]
    public void Keeps_the_order_where_a_head_overwrites_the_features()
    {
        LayerModel[] layers = [Layer(ReLU with { InPlace = true }, 0), Layer(Pool2x2, 1)];

        AssertKept(Place(layers));
    }

    [Theory]
    [InlineData(nameof(ActivationKind.LeakyReLU), -0.1, 0)]
    [InlineData(nameof(ActivationKind.LeakyReLU), 0, 0)]
    [InlineData(nameof(ActivationKind.GELU), 0, 0)]
    [InlineData(nameof(ActivationKind.Sigmoid), 0, 0)]
    [InlineData(nameof(ActivationKind.Hardtanh), 2, -1)]
    public void Keeps_the_order_of_other_activations(string kind, double first, double second) =>
        AssertKept(Place(Named(kind, first, second), Pool2x2));

    [Fact]
    public void Keeps_the_order_where_a_window_may_lie_in_the_padding() =>
        AssertKept(Place(ReLU, Pool2x2 with { Padding = [1, 1], Dilation = [3, 3] }));

    [Fact]
    public void Keeps_the_order_where_no_value_is_saved() =>
        AssertKept(Place(ReLU, Pool2x2 with { Kernel = [3, 3], Stride = [1, 1], Padding = [1, 1] }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keeps_the_order_where_somebody_reads_the_activated_map(bool readsOverwritten)
    {
        Operation relu = ReLU with { InPlace = readsOverwritten };
        int read = readsOverwritten ? 1 : 2;
        LayerModel[] layers =
            [Layer(Convolution3x3, 0), Layer(relu, 1), Layer(Pool2x2, 2), Layer(Pool2x2, read), Layer(new Elementwise(ElementwiseKind.Add), 3, 4)];

        AssertKept(Place(layers));
    }

    private static Activation Named(string kind, double first, double second) =>
        ReLU with { Kind = Enum.Parse<ActivationKind>(kind), Argument = first, SecondArgument = second };

    private static LayerModel Layer(Operation operation, params int[] inputs) => new("", operation, new([.. inputs]));

    private static LoweredPart Place(Operation activation, MaxPool pool) =>
        Place([Layer(Convolution3x3, 0), Layer(activation, 1), Layer(pool, 2)]);

    private static LoweredPart Place(LayerModel[] layers) =>
        new BufferPlanner(extraInputs: 0).PlaceStage(ShapeInference.Run(new([.. layers]), TensorShape.OfInput(new([4, 8, 8])), extraInputs: []));

    private static void AssertKept(LoweredPart part) => Assert.Equal(part, PoolingFirst.Run(part));

    private static IEnumerable<Type> Operations(LoweredPart part) => part.Steps.Select(step => step.Layer.Operation.GetType());
}
