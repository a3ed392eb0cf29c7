using EarlyExitGen.Criteria;
using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Scores that are computed where the logits are decide as the criteria on the host do, whatever the logits.</summary>
public abstract class DeviceScoreTests : DeviceTests, IDisposable
{
    private const int Classes = EveryCriterion.Classes;
    private const int Last = 6;

    private const int Own = 5;

    private static readonly float[] Extremes =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, -0f, 0f, 88.7f, -103.9f];

    private readonly EveryCriterion network = new();
    private readonly EveryCriterion.TorchPipeline onHost;
    private readonly EveryCriterion.TorchPipeline pipeline;

    protected DeviceScoreTests(TestDevice device)
        : base(device)
    {
        network.eval();
        onHost = device.Run(network.Freeze());
        onHost.ScoresOnDeviceFrom = int.MaxValue;
        pipeline = device.Run(network.Freeze());
    }

    public static TheoryData<int, int> RowsAndExits
    {
        get
        {
            TheoryData<int, int> data = [];
            foreach (int rows in (int[])[1, 2, 7, 32, 64])
            {
                for (int exit = 0; exit < Last; exit++) data.Add(rows, exit);
            }

            return data;
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        onHost.Dispose();
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [MemberData(nameof(RowsAndExits))]
    public void Every_criterion_lets_go_whom_it_lets_go_on_the_host(int rows, int exit)
    {
        int early = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            float[] values = Hostile(rows, seed);
            using Tensor batch = OnDevice(values, rows);
            ExitPolicy policy = OnlyAt(exit, values, rows, temperature: seed % 3 == 0 ? 1 : 0.5f + (0.25f * seed));
            (ExitDecision[] expected, float[] expectedLogits) = Answer(onHost, policy, batch, rows);

            (ExitDecision[] actual, float[] actualLogits) = Answer(pipeline, policy, batch, rows);

            Assert.Equal(expectedLogits, actualLogits);
            for (int row = 0; row < rows; row++)
            {
                Assert.Equal((expected[row].Exit, expected[row].Label, expected[row].Reason), (actual[row].Exit, actual[row].Label, actual[row].Reason));
                AssertNear(expected[row].Score, actual[row].Score);
                if (exit != Own && Row(values, row).ToArray().Any(float.IsNaN)) Assert.Equal(Last, actual[row].Exit);
                if (actual[row].Exit == exit) early++;
            }
        }

        Assert.True(early > 0, "No row left early.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_score_is_the_criterions_up_to_rounding(int classes)
    {
        const int rows = 200;
        using DeviceScores scores = new(network.Plan with { Classes = classes });
        scores.Prepare(Device.Torch);
        Random random = new(classes);
        float[] values = new float[rows * classes];
        for (int index = 0; index < values.Length; index++) values[index] = Hostile(random, oneIn: 4 * classes);
        using Tensor logits = tensor(values).reshape(rows, classes).to(Device.Torch);
        TensorSlot slot = new();
        slot.Borrow(logits.Handle);
        for (int exit = 0; exit < Own; exit++)
        {
            foreach (float temperature in (float[])[1, 0.3f, 2.5f])
            {
                scores.Run(slot, exit, rows, temperature, Device.IsCuda);
                for (int row = 0; row < rows; row++)
                {
                    ReadOnlySpan<float> own = values.AsSpan(row * classes, classes);
                    scores.Visit(row);
                    AssertNear(network.Plan.Exits[exit].Criterion!.Score(own, temperature), scores.FirstScore);
                    if (!own.ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity)) Assert.Equal(ArgMax.Of(own), scores.LabelAt(row));
                }
            }
        }
    }

    [Fact]
    public void Nan_at_the_last_exit_is_an_error_that_names_the_row_and_writes_nothing()
    {
        float[] values = Hostile(rows: 5, seed: 1);
        values[(3 * 2 * Classes) + Classes + 4] = float.NaN;
        using Tensor batch = OnDevice(values, 5);
        using Tensor logits = Full([5, Classes], -7);
        ExitDecision[] decisions = new ExitDecision[5];
        pipeline.Policy = ForcedExit.At(network.Plan, Last);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pipeline.Forward(batch, logits, decisions));

        Assert.Contains("the last exit 'Final' gave NaN for row 3", exception.Message, StringComparison.Ordinal);
        Assert.True((logits == -7).all().item<bool>());
        Assert.All(decisions, decision => Assert.Equal(default, decision));
    }

    [Fact]
    public void Calls_of_changing_sizes_allocate_no_managed_byte()
    {
        using Tensor batch = OnDevice(Hostile(64, seed: 3), 64);
        Tensor[] batches = [.. new[] { 64, 2, 32, 7 }.Select(rows => batch.narrow(0, 0, rows))];
        Tensor[] logits = [.. batches.Select(rows => Empty(rows.size(0), Classes))];
        ExitDecision[] decisions = new ExitDecision[64];
        pipeline.Policy = ExitPolicy.Default(network.Plan).WithTemperature(1, 2);

        AllocationAssert.ZeroBytes(
            () =>
            {
                for (int index = 0; index < batches.Length; index++)
                {
                    pipeline.Forward(batches[index], logits[index], decisions.AsSpan(0, (int)batches[index].size(0)));
                }
            },
            calls: 300);
        foreach (Tensor tensor in batches.Concat(logits)) tensor.Dispose();
    }

    [Fact]
    public void Small_batches_are_scored_on_the_host()
    {
        // With more logits than this the host would take longer than the device.
        using EveryCriterion.TorchPipeline fresh = network.Freeze();
        Assert.InRange(fresh.ScoresOnDeviceFrom, 10_000, 100_000);
    }

    private static float[] Hostile(int rows, int seed)
    {
        Random random = new(seed);
        float[] values = new float[rows * 2 * Classes];
        for (int row = 0; row < rows; row++)
        {
            for (int index = 0; index < 2 * Classes; index++)
            {
                values[(row * 2 * Classes) + index] = index < Classes ? Hostile(random, oneIn: 3 * Classes) : random.NextSingle();
            }
        }

        return values;
    }

    private static float Hostile(Random random, int oneIn) => random.Next(oneIn) == 0
        ? Extremes[random.Next(Extremes.Length)]
        : random.Next(3) == 0 ? random.Next(-3, 3) : (random.NextSingle() * 16) - 8;

    private static ReadOnlySpan<float> Row(float[] values, int row) => values.AsSpan(row * 2 * Classes, Classes);

    private static (ExitDecision[] Decisions, float[] Logits) Answer(
        EveryCriterion.TorchPipeline pipeline, ExitPolicy policy, Tensor batch, int rows)
    {
        ExitDecision[] decisions = new ExitDecision[rows];
        using Tensor logits = empty([rows, Classes], device: batch.device);
        pipeline.Policy = policy;
        pipeline.Forward(batch, logits, decisions);
        using Tensor host = logits.cpu();
        return (decisions, host.data<float>().ToArray());
    }

    /// <summary>Half of the rows leave at one exit, the others at the last: the threshold is never one of the scores.</summary>
    private ExitPolicy OnlyAt(int exit, float[] values, int rows, float temperature)
    {
        ExitCriterion criterion = network.Plan.Exits[exit].Criterion!;
        float[] ordered = [.. Enumerable.Range(0, rows).Select(row => criterion.Score(Row(values, row), temperature)).Where(float.IsFinite).Order()];
        bool leavesBelow = criterion.ShouldExit(0, float.PositiveInfinity);
        float threshold = ordered.Length < 2 ? leavesBelow ? float.MaxValue : float.MinValue : Between(ordered);
        ExitPolicy policy = ExitPolicy.Default(network.Plan).With(exit, threshold).WithTemperature(exit, temperature);
        for (int other = 0; other < Last; other++)
        {
            if (other != exit) policy = policy.WithDisabled(other);
        }

        return policy;
    }

    private static float Between(float[] ordered)
    {
        // The widest gap in the middle half.
        int first = ordered.Length / 4;
        int widest = Enumerable.Range(first, Math.Max(1, ordered.Length / 2)).Where(index => index + 1 < ordered.Length)
            .MaxBy(index => ordered[index + 1] - ordered[index]);
        return (ordered[widest] + ordered[widest + 1]) / 2;
    }

    private static void AssertNear(float expected, float actual)
    {
        if (float.IsFinite(expected)) Assert.Equal(expected, actual, tolerance: 4e-6f * Math.Max(1, Math.Abs(expected)));
        else Assert.Equal(expected, actual);
    }

    private Tensor OnDevice(float[] values, int rows) => tensor(values).reshape(rows, 2 * Classes).to(Device.Torch);
}

/// <summary>Scores on the CPU, as they are computed on a GPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ScoresAsOnDevice() : DeviceScoreTests(TestDevice.CpuWithScores);

/// <summary>Scores on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class ScoresOnCuda() : DeviceScoreTests(TestDevice.CudaWithScores);
