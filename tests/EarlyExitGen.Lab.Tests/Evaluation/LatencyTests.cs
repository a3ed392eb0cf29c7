using CsCheck;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Tests.Evaluation;

public sealed class LatencyTests
{
    [Fact]
    public void A_percentile_is_the_smallest_value_that_so_many_do_not_exceed()
    {
        Gen.Double[0, 100].Array[1, 300].Sample(values =>
        {
            LatencySummary summary = LatencySummary.Of(values);
            foreach ((double share, double percentile) in new[] { (0.5, summary.P50), (0.95, summary.P95), (0.99, summary.P99) })
            {
                Assert.True(values.Count(value => value <= percentile) >= share * values.Length - 1e-9);
                Assert.True(values.Count(value => value < percentile) < share * values.Length);
            }

            Assert.Equal(values.Max(), summary.Worst);
        });
    }

    [Fact]
    public void A_slow_call_delays_those_behind_it()
    {
        Assert.Equal([10, 12, 5, 1], ArrivalTrace.Respond([0, 1, 10, 30], [10, 3, 2, 1]));
    }

    [Fact]
    public void A_trace_has_the_mean_interval_and_bursts()
    {
        double[] plain = ArrivalTrace.Bursty(200_000, meanInterval: 2, burstFactor: 1, seed: 3);
        double[] bursty = ArrivalTrace.Bursty(200_000, meanInterval: 2, burstFactor: 8, seed: 3);
        Assert.Equal(plain, plain.Order());
        Assert.InRange(plain[^1] / plain.Length, 1.98, 2.02);
        Assert.InRange(bursty[^1] / bursty.Length, 1.95, 2.05);
        Assert.True(Deviation(bursty) > 1.3 * Deviation(plain));
        Assert.Equal(bursty, ArrivalTrace.Bursty(200_000, 2, 8, seed: 3));
    }

    [Fact]
    public void Faster_calls_answer_no_later_under_the_same_trace()
    {
        Gen.Select(Gen.Double[0.1, 5].Array[2, 200], Gen.Int[0, 1000]).Sample((full, seed) =>
        {
            double[] early = Array.ConvertAll(full, value => value / 2);
            LatencyEvaluation result = LatencyEvaluation.Of("ms", early, full, seed: seed);
            Assert.True(result.EarlyExitUnderTrace.P99 <= result.FullDepthUnderTrace.P99);
            Assert.True(result.EarlyExitUnderTrace.P50 >= result.EarlyExitBackToBack.P50 - 1e-9);
        });
    }

    [Fact]
    public void What_is_no_latency_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LatencySummary.Of([]));
        Assert.Throws<ArgumentException>(() => LatencySummary.Of([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => ArrivalTrace.Respond([1], [1, 2]));
    }

    [Fact]
    public void Measuring_costs_asks_for_every_exit_alone_and_every_head_in_passing()
    {
        NetworkPlan plan = Synthetic.Plan(3);
        List<ExitPolicy> asked = [];
        CostModel costs = CostMeasurement.Measure(plan, asked.Add, _ => { }, rounds: 3);
        Assert.Equal(5, asked.DistinctBy(policy => policy.Id).Count());
        Assert.Equal(3, costs.Exits);
        Assert.Equal("ms", costs.Unit);
        Assert.True(costs.FullDepth >= 0);
    }

    private static double Deviation(double[] arrivals)
    {
        double[] intervals = [.. arrivals.Skip(1).Zip(arrivals, (later, earlier) => later - earlier)];
        double mean = intervals.Average();
        return Math.Sqrt(intervals.Average(interval => (interval - mean) * (interval - mean)));
    }
}
