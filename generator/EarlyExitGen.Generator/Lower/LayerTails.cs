using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Joins a layer of the Torch pipeline with what follows it: a convolution with a residual that is added or a max pooling, and then a ReLU or
/// ReLU6; a linear layer with the latter. One kernel of ours does all of it, and never writes what lies between; where libtorch is faster, it
/// does one after the other.
/// </summary>
/// <remarks>Runs after <see cref="PoolingFirst"/>. The steps that are joined stay in their places, so that values keep their numbers.</remarks>
internal static class LayerTails
{
    /// <summary>Which input of a sum in a tail is the one that the layer before it does not make.</summary>
    public const int Addend = 1;

    /// <param name="part">A part of the network, with its slots.</param>
    /// <param name="isUsedOnce">Whether the module at a path is used once: what follows it is then always the same.</param>
    /// <param name="mayChangeLayout">Whether convolutions may go another way than the module's.</param>
    public static LoweredPart Run(LoweredPart part, Func<string, bool> isUsedOnce, bool mayChangeLayout)
    {
        Step[] steps = [.. part.Steps];
        for (int index = 0; index < steps.Length; index++)
        {
            if (!HasKernel(steps[index], mayChangeLayout) || !isUsedOnce(steps[index].Layer.Path)) continue;
            int end = index + 1;
            while (end < steps.Length && Joins(part, index, end)) end++;
            if (end == index + 1) continue;
            steps[index] = steps[index] with
            {
                Tail = new EquatableArray<Step>([.. steps.Skip(index + 1).Take(end - index - 1).Select(step => WithAddendLast(step, index + 1))]),
                OutputSlot = steps[end - 1].OutputSlot,
            };
            for (int joined = index + 1; joined < end; joined++) steps[joined] = steps[joined] with { Change = StepChange.Joined };
            index = end - 1;
        }

        return part with { Steps = new EquatableArray<Step>([.. steps]) };
    }

    private static bool HasKernel(Step step, bool mayChangeLayout) =>
        step is { Layer.Operation: Linear, Input: not null } || (mayChangeLayout && IsConvolution(step));

    private static bool IsConvolution(Step step) =>
        step is { Layer.Operation: Convolution { HasWays: true } convolution }
        && step is { Input: not null, Output: not null }
        && (convolution.Groups == 1 || (convolution.Groups == convolution.InChannels && convolution.Groups == convolution.OutChannels));

    /// <summary>Whether a step goes on with what the steps from the layer on give, and nobody else looks at that.</summary>
    private static bool Joins(LoweredPart part, int layer, int next)
    {
        int value = next;
        Step step = part.Steps[next];
        if (part.Steps.Sum(reader => reader.Layer.Inputs.Count(input => input == value)) != 1 || !step.Layer.Inputs.Contains(value)) return false;
        bool isMap = next == layer + 1 && part.Steps[layer].Layer.Operation is Convolution;
        return step.Layer.Operation switch
        {
            MaxPool pool => isMap && pool.Kernel.Count == 2,
            Elementwise { Kind: ElementwiseKind.Add } => isMap && IsResidual(part, step, value),
            Activation { Kind: ActivationKind.ReLU or ActivationKind.ReLU6 } => part.Steps[next - 1].Layer.Operation is not Activation,
            _ => false,
        };
    }

    private static Step WithAddendLast(Step step, int value) =>
        step.Layer.Operation is not Elementwise || step.Layer.Inputs[Addend] != value ? step : step with
        {
            Layer = step.Layer with { Inputs = [step.Layer.Inputs[1], step.Layer.Inputs[0]] },
            InputSlots = [step.InputSlots[1], step.InputSlots[0]],
        };

    private static bool IsResidual(LoweredPart part, Step sum, int value)
    {
        int other = sum.Layer.Inputs[0] == value ? 1 : 0;
        return sum.InputSlots[other] != BufferPlanner.Owned
            && part.ShapeOf(value) is { } shape
            && part.ShapeOf(sum.Layer.Inputs[other]) == shape
            && sum.Output == shape;
    }
}
