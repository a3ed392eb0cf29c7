using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Joins the flattening of a map with the linear layer that alone reads it. A map whose channels lie last would have to be copied to be
/// flattened; a weight that lies as the map does reads it as it is.
/// </summary>
/// <remarks>Runs last: the inputs of the steps that are left keep the numbers that they had before.</remarks>
internal static class FlattenFolding
{
    /// <param name="part">A part of the network, with its slots.</param>
    /// <param name="isUsedOnce">Whether the module at a path is used once: its weight may lie as one map does.</param>
    public static LoweredPart Run(LoweredPart part, Func<string, bool> isUsedOnce)
    {
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        for (int index = 0; index < part.Steps.Count; index++)
        {
            Step step = part.Steps[index];
            if (LinearAfter(part, index) is not { } reader || !isUsedOnce(part.Steps[reader].Layer.Path))
            {
                steps.Add(step);
                continue;
            }

            for (index++; index < reader; index++) steps.Add(part.Steps[index]);
            Step linear = part.Steps[reader];
            steps.Add(linear with
            {
                Layer = linear.Layer with { Inputs = step.Layer.Inputs },
                Input = step.Input,
                InputSlots = step.InputSlots,
                Change = StepChange.Flattens,
            });
        }

        return part with { Steps = new EquatableArray<Step>(steps.ToImmutable()) };
    }

    /// <summary>The linear layer that alone reads a flattened map, with nothing but identities between; null when there is none.</summary>
    private static int? LinearAfter(LoweredPart part, int index)
    {
        if (part.Steps[index] is not { Layer.Operation: Flatten { Start: 1, End: -1 }, Input: { Rank: 3 } map }) return null;
        if (map.Dimensions[0] == 1 || map.Dimensions[1] * map.Dimensions[2] == 1) return null;
        for (int next = index + 1; next < part.Steps.Count; next++)
        {
            LayerModel layer = part.Steps[next].Layer;
            if (layer.Inputs.Count != 1 || layer.Inputs[0] != next) return null;
            if (part.Steps.Sum(step => step.Layer.Inputs.Count(input => input == next)) != 1) return null;
            switch (layer.Operation)
            {
                case Linear:
                    return next;
                case Identity:
                    continue;
                default:
                    return null;
            }
        }

        return null;
    }
}
