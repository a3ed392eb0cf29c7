using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Lets the Torch pipeline pool before the activation that precedes the pooling: where an activation never decreases, the largest of its
/// results is its result for the largest value, to the bit, and a pooled map has a fraction of the values.
/// </summary>
/// <remarks>Runs once every value has its slot. The CPU kernels do both at once and need no such order.</remarks>
internal static class PoolingFirst
{
    public static LoweredPart Run(LoweredPart part)
    {
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        for (int index = 0; index < part.Steps.Count; index++)
        {
            if (!CanSwap(part, index))
            {
                steps.Add(part.Steps[index]);
                continue;
            }

            Step activation = part.Steps[index];
            Step pool = part.Steps[++index];
            steps.Add(pool with
            {
                Layer = pool.Layer with { Inputs = activation.Layer.Inputs },
                Input = activation.Input,
                InputSlots = activation.InputSlots,
                Change = StepChange.PoolsFirst,
            });
            steps.Add(activation with
            {
                Layer = activation.Layer with { Inputs = pool.Layer.Inputs },
                Input = pool.Output,
                Output = pool.Output,
                InputSlots = [pool.OutputSlot],
                OutputSlot = pool.OutputSlot,
                InPlace = true,
            });
        }

        return part with { Steps = new EquatableArray<Step>(steps.ToImmutable()) };
    }

    private static bool CanSwap(LoweredPart part, int index)
    {
        if (index + 1 >= part.Steps.Count || part.Steps[index].Layer.Operation is not Activation activation) return false;
        int activated = index + 1;
        Step next = part.Steps[index + 1];
        return NeverDecreases(activation)
            && next.Layer.Operation is MaxPool pool
            && next.Layer.Inputs[0] == activated
            && Readers(part, activated) == 1
            && pool.Stride.Any(stride => stride > 1)

            // A dilated window may hold nothing but padding, whose minus infinity no activation gives.
            && pool.Dilation.All(dilation => dilation == 1)
            && (!activation.InPlace || NobodySees(part, part.Steps[index].Layer.Inputs[0]));
    }

    private static bool NeverDecreases(Activation activation) => activation switch
    {
        { Kind: ActivationKind.ReLU or ActivationKind.ReLU6 } => true,

        // With a slope of 0 it makes NaN of −∞, which the pooling must see.
        { Kind: ActivationKind.LeakyReLU } => activation.Argument > 0,
        { Kind: ActivationKind.Hardtanh } => activation.Argument <= activation.SecondArgument,
        _ => false,
    };

    /// <summary>Whether only one step reads a value, which a layer with weights made: what the author has overwritten shows nowhere else.</summary>
    private static bool NobodySees(LoweredPart part, int value) =>
        value > 0
        && part.Steps[value - 1].Layer.Operation is Convolution or TransposedConvolution or BatchNorm or Linear
        && Readers(part, value) == 1;

    private static int Readers(LoweredPart part, int value) =>
        part.Steps.Sum(step => step.Layer.Inputs.Count(input => input == value));
}
