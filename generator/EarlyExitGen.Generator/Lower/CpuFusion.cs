using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Finds the layers that one kernel computes together: a convolution or linear layer, the activation after it and, for a convolution, the
/// sum with a residual before the activation and a 2×2 max-pool after it.
/// </summary>
/// <remarks>
/// Layers join only when nobody else reads what lies between them. A kernel runs where the last of its layers stood, so that none may be
/// joined across an activation that the author has in place: it could overwrite what the first one reads.
/// </remarks>
internal static class CpuFusion
{
    /// <summary>For each step, the group that it is part of. Every step is in exactly one.</summary>
    public static FusedLayers[] Run(LoweredPart part)
    {
        FusedLayers[] groups = new FusedLayers[part.Steps.Count];
        for (int step = 0; step < groups.Length; step++)
        {
            if (groups[step] is not null) continue;
            FusedLayers group = Grow(part, step, groups);
            foreach (int member in group.Members) groups[member] = group;
        }

        return groups;
    }

    private static FusedLayers Grow(LoweredPart part, int first, FusedLayers[] groups)
    {
        FusedLayers group = new([first], Residual: null, Activation: null, Pools: false);
        Operation operation = part.Steps[first].Layer.Operation;
        if (operation is not (Convolution or Linear or BatchNorm)) return group;

        while (OnlyReader(part, group.Last) is { } next && groups[next] is null && !OverwritesBetween(part, group.Last, next))
        {
            if (Join(part, group, part.Steps[next]) is not { } larger) break;
            group = larger with { Members = group.Members.Add(next) };
        }

        return group;
    }

    private static FusedLayers? Join(LoweredPart part, FusedLayers group, Step next)
    {
        Operation first = part.Steps[group.First].Layer.Operation;
        return next.Layer.Operation switch
        {
            Identity => group,
            Activation activation when !HasKernel(activation) => null,
            Activation activation when group is { Activation: null, Pools: false } => group with { Activation = activation },

            // The largest of clamped values is the clamped largest.
            Activation activation when group is { Activation: null, Pools: true } && IsClamp(activation) =>
                group with { Activation = activation },
            MaxPool pool when first is not Linear && !group.Pools && IsClamp(group.Activation) && IsTwoByTwo(pool, next) =>
                group with { Pools = true },
            Elementwise { Kind: ElementwiseKind.Add }
                when first is Convolution && group is { Residual: null, Activation: null, Pools: false } =>
                JoinResidual(part, group, next),
            _ => null,
        };
    }

    private static FusedLayers? JoinResidual(LoweredPart part, FusedLayers group, Step sum)
    {
        int residual = sum.Layer.Inputs.Single(input => input != group.Last + 1);
        return part.ShapeOf(residual) is { } shape && shape == sum.Output && shape == part.ShapeOf(group.Last + 1)
            ? group with { Residual = residual }
            : null;
    }

    /// <summary>Whether the CPU kernels compute an activation along with the layer before it.</summary>
    public static bool HasKernel(Activation activation) => activation switch
    {
        { Kind: ActivationKind.Softplus } => activation is { Argument: 1, SecondArgument: >= 20 },
        { Kind: ActivationKind.Hardtanh } => activation is { Argument: -1, SecondArgument: 1 },
        { Kind: ActivationKind.CELU } => activation.Argument > 0,
        { Kind: ActivationKind.Clamp } => IsNamed(activation),
        _ => activation.Kind is not (ActivationKind.Threshold or ActivationKind.Exp or ActivationKind.Log or ActivationKind.Sqrt
            or ActivationKind.Rsqrt or ActivationKind.Reciprocal or ActivationKind.Abs or ActivationKind.Power),
    };

    /// <summary>Whether there is a kernel for an activation by itself, which no layer takes along.</summary>
    public static bool HasKernelOfItsOwn(Activation activation) => activation switch
    {
        { Kind: ActivationKind.Clamp } => !double.IsNaN(activation.Argument) && !double.IsNaN(activation.SecondArgument),
        { Kind: ActivationKind.Power } => activation.Argument == 2,
        { Kind: ActivationKind.Exp or ActivationKind.Sqrt or ActivationKind.Rsqrt or ActivationKind.Reciprocal or ActivationKind.Abs } => true,
        _ => activation.Arguments == 2,
    };

    /// <summary>Whether it makes of zeros something that may not be multiplied with zero weights later: infinity, or what leads there.</summary>
    public static bool FillsUnusedLanes(Activation activation) =>
        activation.Kind is ActivationKind.Exp or ActivationKind.Rsqrt or ActivationKind.Reciprocal;

    // max(0, x), and what lies between 0 and 6, or −1 and 1.
    private static bool IsNamed(Activation clamp) =>
        (clamp.Argument, clamp.SecondArgument) is (0, double.PositiveInfinity) or (0, 6) or (-1, 1);

    private static bool IsClamp(Activation? activation) => activation is null or { Kind: ActivationKind.ReLU or ActivationKind.ReLU6 };

    private static bool IsTwoByTwo(MaxPool pool, Step step) =>
        pool.Kernel.Count == 2
        && (!pool.CeilMode || IsEven(step.Input))
        && pool.Kernel.All(size => size == 2)
        && pool.Stride.All(size => size == 2)
        && pool.Padding.All(size => size == 0)
        && pool.Dilation.All(size => size == 1)
        && step.Output is not null;

    // Rounding up and down are the same.
    private static bool IsEven(TensorShape? map) => map is { Rank: 3 } && map.Dimensions[1] % 2 == 0 && map.Dimensions[2] % 2 == 0;

    /// <summary>The one step that reads a step's result; null when there are several, or the part returns it.</summary>
    private static int? OnlyReader(LoweredPart part, int step)
    {
        int value = step + 1;
        int? reader = null;
        if (value == part.Steps.Count) return null;
        for (int later = step + 1; later < part.Steps.Count; later++)
        {
            int reads = part.Steps[later].Layer.Inputs.Count(input => input == value);
            if (reads == 0 || part.Steps[later].Layer is { Operation: Expand, Inputs: var inputs } && inputs[0] != value) continue;
            if (reads > 1 || reader is not null) return null;
            reader = later;
        }

        return reader;
    }

    private static bool OverwritesBetween(LoweredPart part, int step, int next) =>
        part.Steps.Skip(step + 1).Take(next - step - 1).Any(between => between.Layer.Operation is Activation { InPlace: true });
}

/// <summary>Layers that one kernel computes.</summary>
/// <param name="Members">Their steps, in order.</param>
/// <param name="Residual">The value that is added to a convolution.</param>
/// <param name="Activation">The activation after a convolution or linear layer.</param>
/// <param name="Pools">Whether a 2×2 max-pool ends it.</param>
internal sealed record FusedLayers(ImmutableArray<int> Members, int? Residual, Activation? Activation, bool Pools)
{
    public int First => Members[0];

    /// <summary>Where the kernel runs.</summary>
    public int Last => Members[Members.Length - 1];
}
