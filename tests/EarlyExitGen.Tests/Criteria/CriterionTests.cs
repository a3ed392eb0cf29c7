using CsCheck;
using EarlyExitGen.Criteria;

namespace EarlyExitGen.Tests.Criteria;

/// <summary>The vectorised criteria against their formulas in float64.</summary>
public sealed class CriterionTests
{
    // Float32 over a thousand terms: a few units in the last place of ln C for the entropy, of 1 for the probabilities.
    private const double EntropyTolerance = 4e-6;
    private const double ProbabilityTolerance = 1e-6;

    private const int Samples = 2_000;

    private static readonly Gen<float> Ordinary = Gen.Float[-12, 12];

    private static readonly float[] Extremes =
        [float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -0f, 0f, 88.7f, -103.9f];

    private static readonly Gen<float> Hostile = Gen.Frequency(
        (6, Ordinary),
        (2, Gen.Int[-2, 2].Select(integer => (float)integer)),
        (1, Gen.Float[-1.7e38f, 1.7e38f]),
        (1, Gen.Int[0, Extremes.Length - 1].Select(index => Extremes[index])));

    private static readonly Gen<int> Length = Gen.Frequency((4, Gen.Int[1, 40]), (1, Gen.Const(1000)), (1, Gen.Int[41, 1030]));

    private static readonly Gen<float[]> Logits =
        Length.SelectMany(length => Gen.Frequency((2, Ordinary.Array[length]), (3, Hostile.Array[length])));

    [Fact]
    public void Confidence_is_the_largest_probability() =>
        Logits.Sample(
            logits => Close(CriterionReference.Confidence(logits), Confidence.Score(logits), ProbabilityTolerance),
            iter: Samples);

    [Fact]
    public void Entropy_is_in_nats() =>
        Logits.Sample(
            logits => Close(CriterionReference.Entropy(logits), Entropy.Score(logits), EntropyTolerance),
            iter: Samples);

    [Fact]
    public void Normalized_entropy_is_a_share_of_the_largest() =>
        Logits.Sample(
            logits => Close(CriterionReference.NormalizedEntropy(logits), NormalizedEntropy.Score(logits), EntropyTolerance),
            iter: Samples);

    [Fact]
    public void Energy_is_the_negative_log_sum_exp() =>
        Logits.Sample(
            logits =>
            {
                double expected = CriterionReference.Energy(logits);
                float actual = Energy.Score(logits);
                if (double.IsInfinity(expected)) Assert.Equal(expected, actual);
                else Close(expected, actual, ProbabilityTolerance * Math.Max(4, Math.Abs(expected)));
            },
            iter: Samples);

    [Fact]
    public void Energy_stays_on_the_scale_of_the_logits_at_any_temperature() =>
        Gen.Select(Ordinary.Array[1, 1100], Gen.Float[0.1f, 10]).Sample((logits, temperature) =>
        {
            float[] scaled = Array.ConvertAll(logits, logit => logit / temperature);
            double expected = temperature * CriterionReference.Energy(scaled);
            Close(expected, TemperatureScaling.Score<Energy>(logits, temperature), ProbabilityTolerance * Math.Max(64, Math.Abs(expected)));
        });

    [Fact]
    public void Margin_is_the_gap_between_the_two_largest_probabilities() =>
        Logits.Sample(
            logits => Close(CriterionReference.Margin(logits), Margin.Score(logits), ProbabilityTolerance),
            iter: Samples);

    [Fact]
    public void Label_is_the_first_largest_logit() =>
        Gen.OneOf(Hostile, Gen.Const(float.NaN)).Array[1, 40].Sample(
            logits => Assert.Equal(CriterionReference.ArgMax(logits), ArgMax.Of(logits)), iter: Samples);

    [Fact]
    public void Scores_stay_in_their_ranges() =>
        Logits.Sample(
            logits =>
            {
                Assert.InRange(Confidence.Score(logits), (1 - 1e-5f) / logits.Length, 1);
                Assert.InRange(Entropy.Score(logits), 0, MathF.Log(logits.Length) + 1e-5f);
                Assert.InRange(Margin.Score(logits), 0, 1);
                Assert.InRange(NormalizedEntropy.Score(logits), 0, 1);
            },
            iter: Samples);

    [Fact]
    public void Nan_at_any_place_of_any_length_gives_nan_and_never_exits()
    {
        foreach (int length in Enumerable.Range(1, 40).Append(1000))
        {
            for (int place = 0; place < length; place++)
            {
                float[] logits = [.. Enumerable.Range(0, length).Select(index => index % 7f)];
                logits[place] = float.NaN;
                AssertNeverExits<Confidence>(logits);
                AssertNeverExits<Entropy>(logits);
                AssertNeverExits<Margin>(logits);
                AssertNeverExits<NormalizedEntropy>(logits);
                AssertNeverExits<Energy>(logits);
                logits[(place + 1) % length] = length > 1 ? float.PositiveInfinity : float.NaN;
                AssertNeverExits<Confidence>(logits);
                AssertNeverExits<Entropy>(logits);
                AssertNeverExits<Margin>(logits);
                AssertNeverExits<NormalizedEntropy>(logits);
                AssertNeverExits<Energy>(logits);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Equal_logits_are_as_unsure_as_it_gets(int classes)
    {
        foreach (float value in new[] { 0, 1e30f, -1e30f, float.PositiveInfinity, float.NegativeInfinity })
        {
            float[] logits = [.. Enumerable.Repeat(value, classes)];
            Close(1.0 / classes, Confidence.Score(logits), ProbabilityTolerance);
            Close(Math.Log(classes), Entropy.Score(logits), EntropyTolerance);
            Close(1, NormalizedEntropy.Score(logits), ProbabilityTolerance);
            Assert.Equal(0, Margin.Score(logits));
            Assert.Equal(0, ArgMax.Of(logits));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1e38f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Single_class_is_certain(float logit)
    {
        Assert.Equal(1, Confidence.Score([logit]));
        Assert.Equal(0, Entropy.Score([logit]));
        Assert.Equal(1, Margin.Score([logit]));
        Assert.Equal(0, NormalizedEntropy.Score([logit]));
        Assert.Equal(-logit, Energy.Score([logit]));
    }

    [Fact]
    public void Logits_far_below_the_largest_leave_it_certain()
    {
        float[] logits = [.. Enumerable.Repeat(-200f, 37), 0];

        Assert.Equal(1, Confidence.Score(logits));
        Assert.Equal(0, Entropy.Score(logits));
        Assert.Equal(1, Margin.Score(logits));
    }

    [Fact]
    public void Threshold_itself_exits()
    {
        Assert.True(Confidence.ShouldExit(0.5f, 0.5f));
        Assert.True(Entropy.ShouldExit(0.5f, 0.5f));
        Assert.True(Margin.ShouldExit(0.5f, 0.5f));
        Assert.True(NormalizedEntropy.ShouldExit(0.5f, 0.5f));
        Assert.True(Energy.ShouldExit(-7, -7));
        Assert.False(Confidence.ShouldExit(0.5f, MathF.BitIncrement(0.5f)));
        Assert.False(Entropy.ShouldExit(0.5f, MathF.BitDecrement(0.5f)));
        Assert.False(Margin.ShouldExit(0.5f, MathF.BitIncrement(0.5f)));
        Assert.False(NormalizedEntropy.ShouldExit(0.5f, MathF.BitDecrement(0.5f)));
        Assert.False(Energy.ShouldExit(-7, MathF.BitDecrement(-7)));
    }

    [Fact]
    public void Temperature_divides_the_logits() =>
        Gen.Select(Ordinary.Array[1, 1100], Gen.Float[0.1f, 10]).Sample((logits, temperature) =>
        {
            float[] scaled = Array.ConvertAll(logits, logit => logit / temperature);
            Close(CriterionReference.Entropy(scaled), TemperatureScaling.Score<Entropy>(logits, temperature), EntropyTolerance);
        });

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(2000)]
    public void Scoring_allocates_nothing(int classes)
    {
        float[] logits = [.. Enumerable.Range(0, classes).Select(index => index % 7f)];
        float sum = 0;

        AllocationAssert.ZeroBytes(
            () => sum += Confidence.Score(logits) + Entropy.Score(logits) + Margin.Score(logits) + ArgMax.Of(logits)
                + NormalizedEntropy.Score(logits) + Energy.Score(logits)
                + TemperatureScaling.Score<Entropy>(logits, 2),
            calls: 1000);

        Assert.True(float.IsFinite(sum));
    }

    private static void AssertNeverExits<TCriterion>(float[] logits)
        where TCriterion : struct, IExitCriterion
    {
        float score = TCriterion.Score(logits);
        if (!float.IsNaN(score)) Assert.Fail($"{TCriterion.Name} of [{string.Join(", ", logits)}] is {score}.");
        foreach (float threshold in new[] { float.NegativeInfinity, -1, 0, 0.5f, 1, float.PositiveInfinity, float.NaN })
        {
            Assert.False(TCriterion.ShouldExit(score, threshold));
        }
    }

    private static void Close(double expected, float actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"Expected {expected:g9}, got {actual:g9}.");
}
