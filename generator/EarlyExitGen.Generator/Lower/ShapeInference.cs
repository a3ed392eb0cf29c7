using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>Gives every value its shape, as far as constants tell. What does not fit has no shape, and nothing after it has.</summary>
internal static class ShapeInference
{
    /// <param name="layers">The layers of a stage or head.</param>
    /// <param name="input">What it receives; null when unknown.</param>
    /// <param name="extraInputs">The shapes of the network's extra inputs.</param>
    /// <param name="reportMisfit">Takes the number of each layer that does not fit what it reads, and why.</param>
    public static LoweredPart Run(
        EquatableArray<LayerModel> layers,
        TensorShape? input,
        EquatableArray<TensorShape> extraInputs,
        Action<int, ShapeMisfit>? reportMisfit = null)
    {
        List<TensorShape?> shapes = [input];
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        foreach (LayerModel layer in layers)
        {
            TensorShape?[] read = [.. layer.Inputs.Select(value =>
                value < 0 ? extraInputs[ExtraInputModel.Number(value)] : shapes[value])];
            InferredShape made = ShapeRules.Infer(layer.Operation, read);
            if (made.Misfit is { } misfit) reportMisfit?.Invoke(steps.Count, misfit);
            shapes.Add(made.Shape);
            steps.Add(new Step(
                layer, Norm: null, read.FirstOrDefault(), made.Shape, Macs: null, Parameters: null, InputSlots: [], OutputSlot: 0, InPlace: false));
        }

        return new LoweredPart(new EquatableArray<Step>(steps.ToImmutable()), input, shapes[shapes.Count - 1], OutputSlot: 0)
        {
            ExtraInputs = extraInputs,
        };
    }
}
