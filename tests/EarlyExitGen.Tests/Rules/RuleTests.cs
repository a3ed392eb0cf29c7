using EarlyExitGen.CpuRuntime;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Rules;

/// <summary>
/// Every rule, as both pipelines compile it, against the eager forward: random weights, inputs, thresholds, depths and batches.
/// </summary>
public sealed class RuleTests
{
    private const float Tolerance = 2e-5f;

    // Enough for every exit to answer for every reason; the same ones in each run, so that none is missed by chance.
    private const int Policies = 100;

    private static readonly int[] BatchSizes = [1, 2, 7, 32];

    public static TheoryData<string> Networks => ["patience", "ensemble", "gates", "regression", "surest", "labels"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Both_pipelines_decide_as_the_eager_forward_does(string name) => WithPipelines(name, (module, torchPipeline, cpuPipeline) =>
    {
        HashSet<(int, ExitReason)> seen = [];
        for (int seed = 0; seed < Policies; seed++)
        {
            random.manual_seed(seed);
            RandomRules.Fill(module);
            using EarlyExitTorchPipeline pipeline = torchPipeline();
            using EarlyExitCpuPipeline cpu = cpuPipeline();
            ExitPolicy policy = RandomRules.Policy(module.Plan, new Random(seed));
            module.Policy = pipeline.Policy = cpu.Policy = policy;
            foreach (int rows in BatchSizes)
            {
                using Tensor batch = randn(rows, 5);
                using Tensor batchLogits = empty(rows, module.Plan.Classes);
                ExitDecision[] decisions = new ExitDecision[rows];
                ExitDecision[] eager = new ExitDecision[rows];
                using Tensor expected = module.ForwardEarlyExit(batch, policy, eager);

                pipeline.Forward(batch, batchLogits, decisions);
                RequireSame(module, policy, eager, expected, decisions, batchLogits);

                float[] cpuLogits = new float[rows * module.Plan.Classes];
                cpu.Forward(batch.data<float>().ToArray(), cpuLogits, decisions);
                using Tensor fromCpu = tensor(cpuLogits).reshape(expected.shape);
                RequireSame(module, policy, eager, expected, decisions, fromCpu);

                if (rows == 1)
                {
                    decisions[0] = pipeline.Forward(batch, batchLogits);
                    RequireSame(module, policy, eager, expected, decisions, batchLogits);
                }

                foreach (ExitDecision decision in eager) seen.Add((decision.Exit, decision.Reason));
            }
        }

        // Every exit answered, by its conditions and as the greatest depth.
        for (int exit = 0; exit < module.Plan.Exits.Length; exit++)
        {
            bool isLast = exit == module.Plan.Exits.Length - 1;
            Assert.Contains((exit, isLast ? ExitReason.LastExit : ExitReason.Conditions), seen);
            if (!isLast) Assert.Contains((exit, ExitReason.MaximumDepth), seen);
        }

        if (module.Plan.Fallback == Fallback.MostConfident) Assert.Contains(seen, pair => pair.Item2 == ExitReason.MostConfident);
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void No_rule_allocates_a_managed_byte(string name) => WithPipelines(name, (module, torchPipeline, cpuPipeline) =>
    {
        random.manual_seed(3);
        RandomRules.Fill(module);
        using EarlyExitTorchPipeline pipeline = torchPipeline();
        using EarlyExitCpuPipeline cpu = cpuPipeline();
        using Tensor batch = randn(7, 5);
        using Tensor input = randn(1, 5);
        using Tensor logits = empty(1, module.Plan.Classes);
        using Tensor batchLogits = empty(7, module.Plan.Classes);
        ExitDecision[] decisions = new ExitDecision[7];
        float[] pixels = input.data<float>().ToArray();
        float[] scores = new float[module.Plan.Classes];
        foreach (ExitPolicy policy in (ExitPolicy[])[module.Policy, NeverExits(module.Plan), module.Policy.WithDepth(1, 1)])
        {
            pipeline.Policy = cpu.Policy = policy;
            AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits), calls: 300);
            AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, batchLogits, decisions), calls: 300);
            AllocationAssert.ZeroBytes(() => cpu.Forward(pixels, scores), calls: 1_000);
            AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits, CallLimits.Within(TimeSpan.Zero)), calls: 300);
        }
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void Nan_never_leaves_early(string name) => WithPipelines(name, (module, torchPipeline, cpuPipeline) =>
    {
        using EarlyExitTorchPipeline pipeline = torchPipeline();
        using EarlyExitCpuPipeline cpu = cpuPipeline();
        using Tensor input = full(1, 5, float.NaN);
        using Tensor logits = empty(1, module.Plan.Classes);
        float[] scores = new float[module.Plan.Classes];
        foreach (ExitPolicy policy in (ExitPolicy[])[module.Policy, AlwaysExits(module.Plan), module.Policy.WithDepth(0, 1)])
        {
            module.Policy = pipeline.Policy = cpu.Policy = policy;
            Assert.Contains("gave NaN", Message(() => pipeline.Forward(input, logits)), StringComparison.Ordinal);
            Assert.Contains("gave NaN", Message(() => cpu.Forward(new float[] { float.NaN, 0, 0, 0, 0 }, scores)), StringComparison.Ordinal);
            Assert.Contains("gave NaN", Message(() => module.forward(input)), StringComparison.Ordinal);
        }
    });

    internal static void WithPipelines(
        string name, Action<EarlyExitModule, Func<EarlyExitTorchPipeline>, Func<EarlyExitCpuPipeline>> test)
    {
        switch (name)
        {
            case "patience":
                using (PatientNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
            case "ensemble":
                using (EnsembleNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
            case "gates":
                using (GatedNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
            case "regression":
                using (QuantityNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
            case "surest":
                using (SurestNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
            default:
                using (LabelsNet net = new()) test(Evaluating(net), net.Freeze, net.FreezeForCpu);
                break;
        }
    }

    private static EarlyExitModule Evaluating(EarlyExitModule network)
    {
        network.eval();
        return network;
    }

    private static string Message(Func<object> call) => Assert.Throws<InvalidOperationException>(() => { call(); }).Message;

    private static ExitPolicy NeverExits(NetworkPlan plan) => All(plan, fires: false);

    private static ExitPolicy AlwaysExits(NetworkPlan plan) => All(plan, fires: true);

    private static ExitPolicy All(NetworkPlan plan, bool fires)
    {
        ExitPolicy policy = ExitPolicy.Default(plan);
        for (int exit = 0; exit < plan.Exits.Length - 1; exit++)
        {
            policy = policy.With(exit, RandomRules.Extreme(plan.Exits[exit].Criterion!, fires));
            for (int condition = 1; condition <= plan.Exits[exit].FurtherConditions.Length; condition++)
            {
                policy = policy.WithCondition(
                    exit, condition, RandomRules.Extreme(plan.Exits[exit].FurtherConditions[condition - 1].Criterion, fires));
            }
        }

        return policy;
    }

    internal static void RequireSame(
        EarlyExitModule module, ExitPolicy policy, ExitDecision[] eager, Tensor expected, ExitDecision[] actual, Tensor logits)
    {
        using Tensor difference = (expected - logits).abs().amax(1).cpu();
        float[] differences = difference.data<float>().ToArray();
        for (int row = 0; row < eager.Length; row++)
        {
            if (IsOnAnEdge(module, policy, eager[row], actual[row])) continue;
            Assert.Equal((eager[row].Exit, eager[row].Label, eager[row].Reason), (actual[row].Exit, actual[row].Label, actual[row].Reason));
            Assert.Equal(eager[row].Score, actual[row].Score, tolerance: Tolerance * 10);
            Assert.True(differences[row] <= Tolerance * 10, $"Row {row} differs by {differences[row]}.");
        }
    }

    // Where a score meets its threshold, or two values tie, to within rounding, either answer is right.
    private static bool IsOnAnEdge(EarlyExitModule module, ExitPolicy policy, ExitDecision eager, ExitDecision actual)
    {
        if (eager.Exit == actual.Exit) return false;
        ExitDecision earlier = eager.Exit < actual.Exit ? eager : actual;
        return earlier.Exit < module.Plan.Exits.Length - 1 && Math.Abs(earlier.Score - policy[earlier.Exit]) <= Tolerance;
    }
}
