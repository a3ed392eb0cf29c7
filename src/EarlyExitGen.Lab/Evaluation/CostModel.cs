using System.Collections.Immutable;
using System.Globalization;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// What an input costs, by the exit at which it leaves and the exits that are switched on: the backbone up to that exit's stage, and
/// every head on the way that is switched on, its check and its gather included where they were measured. Immutable.
/// </summary>
public sealed class CostModel
{
    private readonly ImmutableArray<double> backbone;
    private readonly ImmutableArray<double> heads;

    /// <summary>A cost in any unit, for example measured milliseconds.</summary>
    /// <param name="unit">The unit, for example <c>ms</c>.</param>
    /// <param name="backbone">Per exit, the stages up to it without any head; none less than the one before.</param>
    /// <param name="heads">Per exit, its head and its check; none negative.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a cost is not finite, negative or falls with depth.</exception>
    public CostModel(string unit, ReadOnlySpan<double> backbone, ReadOnlySpan<double> heads)
    {
        ArgumentException.ThrowIfNullOrEmpty(unit);
        if (backbone.Length != heads.Length || backbone.IsEmpty)
        {
            throw new ArgumentException(
                $"A cost model needs one backbone cost and one head cost per exit, but {backbone.Length} and {heads.Length} were given.",
                nameof(heads));
        }

        for (int exit = 0; exit < heads.Length; exit++)
        {
            double least = exit == 0 ? 0 : backbone[exit - 1];
            if (!(double.IsFinite(backbone[exit]) && backbone[exit] >= least))
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The backbone up to exit {exit} costs {backbone[exit]} {unit}; expected at least {least}, " +
                    $"as it does not get cheaper with depth."), nameof(backbone));
            }

            if (!(double.IsFinite(heads[exit]) && heads[exit] >= 0))
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The head of exit {exit} costs {heads[exit]} {unit}; expected at least 0."), nameof(heads));
            }
        }

        Unit = unit;
        this.backbone = [.. backbone];
        this.heads = [.. heads];
    }

    /// <summary>The unit, for example <c>MACs</c>.</summary>
    public string Unit { get; }

    /// <summary>The number of exits.</summary>
    public int Exits => heads.Length;

    /// <summary>The cost of the last exit alone, as in a network without early exits.</summary>
    public double FullDepth => backbone[^1] + heads[^1];

    /// <summary>Multiply–accumulate operations, as the compiler counted them.</summary>
    /// <exception cref="ArgumentException">The compiler could not count a stage or head.</exception>
    public static CostModel FromMacs(NetworkPlan network)
    {
        ArgumentNullException.ThrowIfNull(network);
        double[] backbone = new double[network.Exits.Length];
        double[] heads = new double[network.Exits.Length];
        double sum = 0;
        int stage = 0;
        for (int exit = 0; exit < backbone.Length; exit++)
        {
            ExitPlan plan = network.Exits[exit];
            while (stage <= plan.Stage) sum += Known(network, "stage", network.Stages[stage].Name, network.Stages[stage++].Macs);
            backbone[exit] = sum;
            heads[exit] = Known(network, "exit", plan.Name, plan.Macs);
        }

        return new CostModel("MACs", backbone, heads);
    }

    /// <summary>The backbone up to one exit's stage, without any head.</summary>
    public double Backbone(int exit) => backbone[exit];

    /// <summary>The head and check of one exit.</summary>
    public double Head(int exit) => heads[exit];

    /// <summary>The cost of an input that leaves at one exit under a policy. Heads of exits that are switched off do not run.</summary>
    public double Of(ExitPolicy policy, int exit)
    {
        ArgumentNullException.ThrowIfNull(policy);
        double cost = backbone[exit];
        for (int passed = 0; passed <= exit; passed++)
        {
            if (policy.IsEnabled(passed)) cost += heads[passed];
        }

        return cost;
    }

    /// <summary>The average cost of inputs of which these shares leave at each exit.</summary>
    public double Average(ExitPolicy policy, ReadOnlySpan<double> shares)
    {
        double sum = 0;
        for (int exit = 0; exit < shares.Length; exit++) sum += shares[exit] * Of(policy, exit);
        return sum;
    }

    internal void RequireFor(NetworkPlan network)
    {
        if (Exits != network.Exits.Length)
        {
            throw new ArgumentException($"{network.Name} has {network.Exits.Length} exits, but the cost model has {Exits}.");
        }
    }

    private static double Known(NetworkPlan network, string kind, string name, long? macs) => macs ?? throw new ArgumentException(
        $"{network.Name}: the MACs of {kind} '{name}' are unknown; give a measured cost model.", nameof(network));
}
