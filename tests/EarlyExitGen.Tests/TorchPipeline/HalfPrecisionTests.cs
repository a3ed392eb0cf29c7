using EarlyExitGen.Criteria;
using EarlyExitGen.Tests.Networks;
using EarlyExitGen.Tests.Rules;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>
/// Half precision gives what float32 gives, as near as its digits allow; only numbers are cast, and callers see float32.
/// </summary>
public abstract class HalfPrecisionTests(TestDevice device, ScalarType precision) : DeviceTests(device)
{
    public static TheoryData<string> Networks => ["convolutions", "encoder", "values", "masks", "ordinary call", "gates", "criteria"];

    /// <summary>
    /// Each layer rounds its weight, its input and its output by up to a unit, and up to six such layers follow each other here. Eighteen
    /// roundings to either side come to the root of that: 4.2 units of the largest logit (on the CPU it was 1.7). A unit is 2⁻⁸ with the 8
    /// binary digits of bfloat16, and 2⁻¹¹ with the 11 of float16.
    /// </summary>
    private double Tolerance => Math.Sqrt(3 * 6) * Math.Pow(2, precision == ScalarType.BFloat16 ? -8 : -11);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_exit_gives_what_it_gives_in_float32(string name) => With(name, (network, full, half, inputs) =>
    {
        Assert.Equal((ScalarType.Float32, precision), (full.Precision, half.Precision));
        foreach (int rows in new[] { 1, 7 })
        {
            Tensor[] given = [.. inputs(rows)];
            Tensor[] before = [.. given.Select(tensor => tensor.clone())];
            for (int exit = 0; exit < network.Plan.Exits.Length; exit++)
            {
                full.Policy = half.Policy = ForcedExit.At(network.Plan, exit);
                (ExitDecision[] expected, Tensor expectedLogits) = Answer(full, given);

                (ExitDecision[] actual, Tensor logits) = Answer(half, given);

                Assert.Equal(expected.Select(decision => decision.Exit), actual.Select(decision => decision.Exit));
                AssertNear(expectedLogits, logits);
                AssertScoresAreOf(logits, actual, network.Plan);
                if (rows > 1) continue;
                using Tensor one = Empty(1, network.Plan.Classes);
                ExitDecision alone = half.Forward(given[0], given.AsSpan(1), one);
                Assert.Equal((actual[0].Exit, actual[0].Label), (alone.Exit, alone.Label));
                AssertNear(expectedLogits, one);
            }

            foreach ((Tensor input, Tensor copy) in given.Zip(before)) Assert.True(input.Equals(copy), "The caller's tensor was written.");
        }
    });

    [Fact]
    public void Each_row_leaves_with_the_logits_of_its_exit() => With("encoder", (network, full, half, inputs) =>
    {
        Tensor[] given = [.. inputs(32)];
        half.Policy = MixedExits.For(network, given[0], given.AsSpan(1));

        (ExitDecision[] decisions, Tensor logits) = Answer(half, given);

        Assert.Equal(2, decisions.Select(decision => decision.Exit).Distinct().Count());
        using ExitLogits all = network.ForwardAll(given[0], given.AsSpan(1));
        AssertNear(stack([.. decisions.Select((decision, row) => all[decision.Exit][row])]), logits);
    });

    [Theory]
    [InlineData("convolutions")]
    [InlineData("encoder")]
    [InlineData("masks")]
    [InlineData("gates")]
    [InlineData("criteria")]
    public void Calls_allocate_no_managed_byte(string name) => With(name, (network, full, half, inputs) =>
    {
        Tensor[] one = [.. inputs(1)];
        Tensor[] many = [.. inputs(7)];
        using Tensor oneLogits = Empty(1, network.Plan.Classes);
        using Tensor logits = Empty(7, network.Plan.Classes);
        ExitDecision[] decisions = new ExitDecision[7];

        AllocationAssert.ZeroBytes(() => half.Forward(one[0], one.AsSpan(1), oneLogits), calls: 300);
        AllocationAssert.ZeroBytes(() => half.Forward(many[0], many.AsSpan(1), logits, decisions), calls: 300);
    });

    [Fact]
    public void Refreezing_and_cloning_keep_the_precision()
    {
        using ThreeExits network = new();
        network.eval();
        network.to(Device.Torch);
        using ThreeExits.TorchPipeline pipeline = Device.Run(new ThreeExits.TorchPipeline(network, Freeze(network)));
        pipeline.Policy = ForcedExit.At(network.Plan, 2);
        using ThreeExits.TorchPipeline clone = Device.Run(pipeline.Clone());
        using Tensor batch = Normal(4, 1, 12, 12);
        (_, Tensor before) = Answer(clone, [batch]);
        using (no_grad()) network.get_parameter("final.2.bias")!.add_(1);

        pipeline.Refreeze();

        Assert.Equal((precision, precision), (pipeline.Precision, clone.Precision));
        using ExitLogits expected = network.ForwardAll(batch);
        AssertNear(expected[2], Answer(pipeline, [batch]).Logits);
        Assert.True(before.Equals(Answer(clone, [batch]).Logits));
    }

    private static (ExitDecision[] Decisions, Tensor Logits) Answer(EarlyExitTorchPipeline pipeline, Tensor[] given)
    {
        int rows = (int)given[0].size(0);
        ExitDecision[] decisions = new ExitDecision[rows];
        Tensor logits = empty([rows, pipeline.Plan.Classes], device: given[0].device);
        pipeline.Forward(given[0], given.AsSpan(1), logits, decisions);
        return (decisions, logits);
    }

    private static void AssertScoresAreOf(Tensor logits, ExitDecision[] decisions, NetworkPlan plan)
    {
        float[] values = logits.cpu().data<float>().ToArray();
        for (int row = 0; row < decisions.Length; row++)
        {
            if (plan.Exits[decisions[row].Exit].Criterion is not { Source: ScoreSource.Logits } criterion) continue;
            float expected = criterion.Score(values.AsSpan(row * plan.Classes, plan.Classes));
            Assert.Equal(expected, decisions[row].Score, tolerance: 1e-5f * Math.Max(1, Math.Abs(expected)));
        }
    }

    private void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(ScalarType.Float32, actual.dtype);
        double largest = expected.abs().max().item<float>();
        double difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= Tolerance * largest, $"The largest difference is {difference:g3}, of values up to {largest:g3}.");
        Assert.True(difference > 0, "That was not half precision.");
    }

    private void With(string name, Action<EarlyExitModule, EarlyExitTorchPipeline, EarlyExitTorchPipeline, Func<int, Tensor[]>> test)
    {
        random.manual_seed(17);
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        switch (name)
        {
            case "convolutions":
                using (ThreeExits network = new())
                {
                    TrainedLookalike.Randomize(network);
                    Test(network, weights => new ThreeExits.TorchPipeline(network, weights), rows => [Normal(rows, 1, 12, 12)]);
                }

                break;
            case "encoder":
                using (PaddedEncoder network = new())
                {
                    TrainedLookalike.Randomize(network);
                    Test(network, weights => new PaddedEncoder.TorchPipeline(network, weights), Encoded);
                }

                break;
            case "values":
                using (TokenNet network = new())
                {
                    Test(network, weights => new TokenNet.TorchPipeline(network, weights), rows => [Normal(rows, 5, 8)]);
                }

                break;
            case "masks":
                using (CausalNet network = new())
                {
                    Test(network, weights => new CausalNet.TorchPipeline(network, weights), rows => [Normal(rows, 6, 8)]);
                }

                break;
            case "ordinary call":
                using (CallingNet network = new())
                {
                    Test(network, weights => new CallingNet.TorchPipeline(network, weights), rows => [Normal(rows, 1, 28, 28)]);
                }

                break;
            case "gates":
                using (GatedNet network = new())
                {
                    Test(network, weights => new GatedNet.TorchPipeline(network, weights), rows => [Normal(rows, 5)]);
                }

                break;
            default:
                using (EveryCriterion network = new())
                {
                    Test(network, weights => new EveryCriterion.TorchPipeline(network, weights), rows => [Normal(rows, 2 * EveryCriterion.Classes)]);
                }

                break;
        }

        void Test(EarlyExitModule network, Func<FrozenWeights, EarlyExitTorchPipeline> make, Func<int, Tensor[]> inputs)
        {
            network.eval();
            network.to(Device.Torch);
            using EarlyExitTorchPipeline full = Device.Run(make(new FrozenWeights(network)));
            using EarlyExitTorchPipeline half = Device.Run(make(Freeze(network)));
            test(network, full, half, inputs);
        }
    }

    // Elsewhere than on CUDA for these tests alone.
    private FrozenWeights Freeze(EarlyExitModule network) => new(network, precision, halvesAnywhere: !Device.IsCuda);

    // Ids beyond what a half precision can count to.
    private Tensor[] Encoded(int rows)
    {
        Tensor tokens = randint(900, 1000, [rows, PaddedEncoder.Length], dtype: ScalarType.Int64, device: Device.Torch);
        Tensor lengths = (arange(rows, dtype: ScalarType.Int64, device: Device.Torch) * 3).remainder(PaddedEncoder.Length) + 1;
        Tensor places = arange(PaddedEncoder.Length, dtype: ScalarType.Int64, device: Device.Torch);
        return [tokens, places.unsqueeze(0) >= lengths.unsqueeze(1), Normal(rows, PaddedEncoder.Features)];
    }
}

/// <summary>bfloat16 on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class BFloat16AsOnDevice() : HalfPrecisionTests(TestDevice.CpuAsDevice, ScalarType.BFloat16);

/// <summary>bfloat16 on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class BFloat16WithScoresAsOnDevice() : HalfPrecisionTests(TestDevice.CpuWithScores, ScalarType.BFloat16);

/// <summary>bfloat16 on the CPU.</summary>
[Collection(nameof(RunsAlone))]
public sealed class BFloat16OnCpu() : HalfPrecisionTests(TestDevice.Cpu, ScalarType.BFloat16);

/// <summary>float16 on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class Float16AsOnDevice() : HalfPrecisionTests(TestDevice.CpuAsDevice, ScalarType.Float16);

/// <summary>bfloat16 on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class BFloat16OnCuda() : HalfPrecisionTests(TestDevice.Cuda, ScalarType.BFloat16);

/// <summary>float16 on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class Float16OnCuda() : HalfPrecisionTests(TestDevice.CudaWithScores, ScalarType.Float16);
