using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Folds a batch normalisation into the convolution or linear layer that alone feeds it: at inference both are affine, and so is their
/// composition. The weights are folded when the network is frozen.
/// </summary>
internal static class BatchNormFolding
{
    public static LoweredPart Run(LoweredPart part)
    {
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();

        // The number that each value of the old part has in the new one.
        List<int> numbers = [0];
        foreach (Step step in part.Steps)
        {
            int read = step.Layer.Inputs.Count > 0 ? step.Layer.Inputs[0] : 0;
            if (CanFold(part, step, read))
            {
                int target = numbers[read] - 1;
                steps[target] = steps[target] with
                {
                    Norm = step.Layer,
                    Output = step.Output,
                    Parameters = steps[target].Parameters + step.Parameters,
                };
                numbers.Add(numbers[read]);
                continue;
            }

            steps.Add(step with { Layer = step.Layer with { Inputs = new([.. step.Layer.Inputs.Select(input => input < 0 ? input : numbers[input])]) } });
            numbers.Add(steps.Count);
        }

        return part with { Steps = new EquatableArray<Step>(steps.ToImmutable()) };
    }

    private static bool CanFold(LoweredPart part, Step step, int read)
    {
        if (step.Layer.Operation is not BatchNorm norm || read <= 0) return false;
        if (part.Steps.Count(reader => reader.Layer.Inputs.Contains(read)) != 1) return false;

        return part.Steps[read - 1] switch
        {
            { Layer.Operation: Convolution convolution } => convolution.OutChannels == norm.Features && convolution.Rank == norm.Rank,

            // Over [N, L, features] the layer normalises L, not the features.
            { Layer.Operation: Linear linear, Output.Rank: 1 } => linear.OutFeatures == norm.Features,
            _ => false,
        };
    }
}
