using System.Collections.Immutable;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>What a policy does with inputs that belong to no class it knows, beside inputs that do.</summary>
/// <param name="InsideRows">The number of inputs from the network's own distribution.</param>
/// <param name="OutsideRows">The number of inputs from another one.</param>
/// <param name="InsideEarlyRate">The share of the former that leave before the last exit.</param>
/// <param name="OutsideEarlyRate">The share of the latter that do: ideally few, as nothing about them is easy.</param>
/// <param name="ShallowOverconfidence">
/// The share of the latter that leave early with a confidence of at least <see cref="Overconfident"/>.
/// </param>
/// <param name="Exits">One per exit.</param>
public sealed record OutOfDistribution(
    int InsideRows,
    int OutsideRows,
    double InsideEarlyRate,
    double OutsideEarlyRate,
    double ShallowOverconfidence,
    ImmutableArray<OutOfDistributionExit> Exits)
{
    /// <summary>The confidence, at the policy's temperature, from which an answer to an unknown input counts as overconfident.</summary>
    public const double Overconfident = 0.9;

    private const int HistogramBins = 20;

    /// <summary>Compares recorded logits of two distributions. The labels of the outside one are not read.</summary>
    /// <exception cref="ArgumentException">
    /// The logits or the policy are of different networks, or the network gives something else than classes.
    /// </exception>
    public static OutOfDistribution Compare(RecordedLogits inside, RecordedLogits outside, ExitPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(inside);
        ArgumentNullException.ThrowIfNull(outside);
        ArgumentNullException.ThrowIfNull(policy);
        if (inside.Network.Output != OutputKind.Classification)
        {
            throw new ArgumentException(
                $"{inside.Network.Name} gives {inside.Network.Output} outputs: inputs of no known class are told by softmax over classes.",
                nameof(inside));
        }

        ExitTable insideTable = new(inside, policy);
        ExitTable outsideTable = new(outside, policy);
        int[] insideLeft = insideTable.Replay(policy);
        int[] outsideLeft = outsideTable.Replay(policy);
        int last = inside.Exits - 1;
        int overconfident = outsideLeft.Where((exit, row) => exit < last
            && LogSoftmax.Confidence(outsideTable.Answer(exit, row), 1 / policy.Temperature(exit)) >= Overconfident).Count();
        return new OutOfDistribution(
            inside.Rows,
            outside.Rows,
            insideLeft.Count(exit => exit < last) / (double)inside.Rows,
            outsideLeft.Count(exit => exit < last) / (double)outside.Rows,
            overconfident / (double)outside.Rows,
            [.. Enumerable.Range(0, inside.Exits).Select(exit => new OutOfDistributionExit(
                inside.Network.Exits[exit].Name,
                insideLeft.Count(at => at == exit) / (double)inside.Rows,
                outsideLeft.Count(at => at == exit) / (double)outside.Rows,
                [
                    Separate<Confidence>(insideTable, outsideTable, policy, exit, sign: 1),
                    Separate<Entropy>(insideTable, outsideTable, policy, exit, sign: -1),
                    Separate<Margin>(insideTable, outsideTable, policy, exit, sign: 1),
                ],
                Histogram(insideTable, policy, exit),
                Histogram(outsideTable, policy, exit)))]);
    }

    private static CriterionSeparation Separate<TCriterion>(
        ExitTable inside, ExitTable outside, ExitPolicy policy, int exit, int sign)
        where TCriterion : struct, IExitCriterion
    {
        return new CriterionSeparation(TCriterion.Name, RankStatistics.AreaUnderRoc(Certainty(inside), Certainty(outside)));

        double[] Certainty(ExitTable table) => [.. Enumerable.Range(0, table.Rows).Select(
            row => (double)sign * TemperatureScaling.Score<TCriterion>(table.Answer(exit, row), policy.Temperature(exit)))];
    }

    private static ImmutableArray<double> Histogram(ExitTable table, ExitPolicy policy, int exit)
    {
        double[] shares = new double[HistogramBins];
        for (int row = 0; row < table.Rows; row++)
        {
            double confidence = LogSoftmax.Confidence(table.Answer(exit, row), 1 / policy.Temperature(exit));
            shares[Math.Clamp((int)(confidence * HistogramBins), 0, HistogramBins - 1)] += 1.0 / table.Rows;
        }

        return [.. shares];
    }
}

/// <summary>One exit of an <see cref="OutOfDistribution"/> comparison.</summary>
/// <param name="Name">The exit.</param>
/// <param name="InsideShare">The share of the inside inputs that leave here.</param>
/// <param name="OutsideShare">The share of the outside inputs that leave here.</param>
/// <param name="Separations">How well each criterion's score tells inside from outside at this exit.</param>
/// <param name="InsideConfidence">A histogram over [0, 1] of the inside inputs' confidence, as shares.</param>
/// <param name="OutsideConfidence">The same for the outside inputs.</param>
public sealed record OutOfDistributionExit(
    string Name,
    double InsideShare,
    double OutsideShare,
    ImmutableArray<CriterionSeparation> Separations,
    ImmutableArray<double> InsideConfidence,
    ImmutableArray<double> OutsideConfidence);

/// <summary>How well one criterion's score tells inputs of the network's distribution from others.</summary>
/// <param name="Criterion">The criterion.</param>
/// <param name="AreaUnderRoc">The chance that a random inside input looks more certain than a random outside one; 0.5 is none.</param>
public sealed record CriterionSeparation(string Criterion, double AreaUnderRoc);
