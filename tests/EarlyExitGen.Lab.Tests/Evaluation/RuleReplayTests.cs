using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using EarlyExitGen.Lab.Tests.Training;
using EarlyExitGen.Tests.Rules;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using GatedNet = EarlyExitGen.Tests.Rules.GatedNet;
using LabelsNet = EarlyExitGen.Tests.Rules.LabelsNet;
using QuantityNet = EarlyExitGen.Tests.Rules.QuantityNet;

namespace EarlyExitGen.Lab.Tests.Evaluation;

/// <summary>Networks of every rule, replayed from recorded logits and gates, against the compiled pipeline.</summary>
[Collection(RandomNumbers.Name)]
public sealed class RuleReplayTests
{
    private const float Tolerance = 2e-5f;
    private const int Policies = 100;
    private const int Rows = 48;

    public static TheoryData<string> Networks => ["patience", "ensemble", "gates", "regression", "labels"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_replay_decides_as_the_compiled_pipeline_does(string name) => With(name, (module, freeze) =>
    {
        NetworkPlan plan = module.Plan;
        HashSet<(int, ExitReason)> seen = [];
        int onAnEdge = 0;
        for (int seed = 0; seed < Policies; seed++)
        {
            using DisposeScope scope = NewDisposeScope();
            random.manual_seed(seed);
            RandomRules.Fill(module);
            ExitPolicy policy = RandomRules.Policy(plan, new Random(seed));
            Tensor batch = randn(Rows, 5);
            RecordedLogits recorded = Record(module, batch);
            ExitTable table = new(recorded, policy);
            ReplayedAnswer[] replayed = Evaluator.Decide(recorded, policy);

            using EarlyExitTorchPipeline pipeline = freeze();
            pipeline.Policy = policy;
            Tensor answers = empty(Rows, plan.Classes);
            ExitDecision[] decisions = new ExitDecision[Rows];
            pipeline.Forward(batch, answers, decisions);
            float[] values = answers.data<float>().ToArray();
            for (int row = 0; row < Rows; row++)
            {
                ExitDecision decision = replayed[row].Decision;
                seen.Add((decision.Exit, decision.Reason));
                if (IsOnAnEdge(policy, decision, decisions[row]))
                {
                    onAnEdge++;
                    continue;
                }

                Assert.Equal(
                    (decisions[row].Exit, decisions[row].Label, decisions[row].Reason), (decision.Exit, decision.Label, decision.Reason));
                Assert.Equal(decisions[row].Score, decision.Score, tolerance: 10 * Tolerance);
                Assert.True(replayed[row].Depth >= decision.Exit);
                ReadOnlySpan<float> answer = table.Answer(decision.Exit, row);
                for (int index = 0; index < plan.Classes; index++)
                {
                    Assert.Equal(values[(row * plan.Classes) + index], answer[index], tolerance: 10 * Tolerance);
                }
            }
        }

        // Every exit answered for every reason, and hardly a row met a threshold to within rounding.
        for (int exit = 0; exit < plan.Exits.Length - 1; exit++)
        {
            Assert.Contains((exit, ExitReason.Conditions), seen);
            Assert.Contains((exit, ExitReason.MaximumDepth), seen);
        }

        Assert.Contains((plan.Exits.Length - 1, ExitReason.LastExit), seen);
        if (plan.Fallback == Fallback.MostConfident) Assert.Contains(seen, pair => pair.Item2 == ExitReason.MostConfident);
        Assert.InRange(onAnEdge, 0, Policies * Rows / 500);
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void An_evaluation_adds_up_to_its_rows(string name) => With(name, (module, _) =>
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(4);
        RandomRules.Fill(module);
        RecordedLogits recorded = Record(module, randn(200, 5));
        ExitPolicy policy = ExitPolicy.Default(module.Plan);
        PolicyEvaluation evaluation = Evaluator.Evaluate(recorded, policy);
        ReplayedAnswer[] answers = Evaluator.Decide(recorded, policy);
        ExitTable table = new(recorded, policy);

        Assert.Equal(1, evaluation.Exits.Sum(exit => exit.Share), 1e-12);
        Assert.Equal(answers.Average(answer => evaluation.Costs.Of(policy, answer.Depth)), evaluation.AverageCost);
        Assert.Equal(
            Enumerable.Range(0, 200).Count(row => table.IsRight(answers[row].Exit, row)) / 200.0, evaluation.Accuracy, 1e-12);
        Assert.Equal(module.Plan.Output == OutputKind.Regression, evaluation.Error is not null);

        // Each point of a curve is the evaluation of the policy with that threshold.
        foreach (ThresholdSensitivity curve in evaluation.Sensitivity)
        {
            foreach (SensitivityPoint point in curve.Points.Take(3).Append(curve.Points[^1]))
            {
                PolicyEvaluation moved = Evaluator.Evaluate(recorded, policy.WithDisabled(curve.Exit).With(curve.Exit, point.Threshold));
                Assert.Equal(moved.Accuracy, point.Accuracy, 1e-12);
                Assert.Equal(moved.AverageCost, point.AverageCost, 1e-9);
                Assert.Equal(moved.Exits[curve.Exit].Share, point.Share, 1e-12);
            }
        }

        EvaluationReport report = new("Rules", DateTimeOffset.UnixEpoch, evaluation);
        Assert.Contains(module.Plan.Exits[0].Name, report.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains(module.Plan.Exits[0].Name, report.ToHtml(), StringComparison.Ordinal);
        Assert.Contains(module.Plan.Exits[0].Name, report.ToJson(), StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void Rows_keep_their_gates_and_targets_when_they_are_dealt(string name) => With(name, (module, _) =>
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(6);
        RandomRules.Fill(module);
        RecordedLogits recorded = Record(module, randn(40, 5));
        ExitPolicy policy = ExitPolicy.Default(module.Plan);
        RecordedLogits again = recorded.Subset([.. Enumerable.Range(0, 15)]).Concat(recorded.Subset([.. Enumerable.Range(15, 25)]));
        Assert.Equal(recorded.Hash(), again.Hash());
        Assert.Equal(Evaluator.Decide(recorded, policy), Evaluator.Decide(again, policy));
    });

    [Fact]
    public void An_answer_by_the_most_confident_exit_costs_the_depth_it_took() => With("ensemble", (module, _) =>
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(1);
        RandomRules.Fill(module);
        RecordedLogits recorded = Record(module, randn(100, 5));
        ExitPolicy never = ExitPolicy.Default(module.Plan).With(0, 2).With(1, -1).With(2, 2);
        PolicyEvaluation evaluation = Evaluator.Evaluate(recorded, never);
        Assert.True(evaluation.Exits[^1].Share < 1);
        Assert.Equal(evaluation.NeverExitCost, evaluation.AverageCost, 1e-9);
    });

    [Fact]
    public void Figures_of_labels_and_quantities_are_the_ones_found_by_hand()
    {
        NetworkPlan labels = Synthetic.Plan(2, classes: 2) with { Output = OutputKind.MultiLabel };
        RecordedLogits two = new(labels, [[3, -3, 3, 3], [3, 3, 3, -3]], [1f, 0, 1, 0]);
        PolicyEvaluation ofLabels = Evaluator.Evaluate(two, ExitPolicy.Default(labels).WithDisabled(0));
        Assert.Equal(0.5, ofLabels.Accuracy);
        Assert.Equal([0.5, 0.5], ofLabels.Exits.Select(exit => exit.AccuracyOnAll));
        Assert.Equal([2, 0], ofLabels.Classes.Select(label => label.Rows));
        Assert.Equal(1, ofLabels.Classes[0].Accuracy);
        Assert.Equal(0.5, ofLabels.Depth.Overthinking);

        NetworkPlan quantities = Synthetic.Plan(2, classes: 2) with { Output = OutputKind.Regression, AgreementTolerance = 0.5f };
        RecordedLogits rows = new(quantities, [[0, 0, 1, 1], [1, 2, 3, 3.25f]], [1f, 2, 3, 4]);
        PolicyEvaluation ofQuantities = Evaluator.Evaluate(rows, ExitPolicy.Default(quantities).WithDisabled(0));
        Assert.Equal(0.5, ofQuantities.Accuracy);
        Assert.Equal((0 + 0 + 0 + 0.75) / 4, ofQuantities.Error);
        Assert.Equal((1 + 2 + 2 + 3) / 4.0, ofQuantities.Exits[0].ErrorOnAll);
        Assert.Empty(ofQuantities.Classes);
    }

    [Fact]
    public void Missing_gates_and_foreign_targets_are_refused()
    {
        using GatedNet gated = new();
        NetworkPlan labels = Synthetic.Plan(1, classes: 2) with { Output = OutputKind.MultiLabel };
        Assert.Contains("exit 'one' has 0 recorded values of its gate; 1 rows need 1", Message(
            () => new RecordedLogits(gated.Plan, [new float[4], new float[4], new float[4]], [0])), StringComparison.Ordinal);
        Assert.Contains("gives MultiLabel outputs and needs the true values", Message(
            () => new RecordedLogits(labels, [[0, 0]], [1])), StringComparison.Ordinal);
        Assert.Contains("row 0 has the true value 0.5; expected 0 or 1", Message(
            () => new RecordedLogits(labels, [[0, 0]], [1, 0.5f])), StringComparison.Ordinal);
        Assert.Contains("there are 3 true values; each row has 2", Message(
            () => new RecordedLogits(labels, [[0, 0]], [1f, 0, 1])), StringComparison.Ordinal);
    }

    private static RecordedLogits Record(EarlyExitModule module, Tensor batch)
    {
        int rows = (int)batch.size(0);
        NetworkPlan plan = module.Plan;
        Tensor labels = plan.Output switch
        {
            OutputKind.Classification => randint(plan.Classes, [rows]),
            OutputKind.MultiLabel => randint(2, [rows, plan.Classes]),
            _ => randn(rows, plan.Classes),
        };
        return RecordedLogits.Record(module, batch, labels, rows);
    }

    // Where a score meets its threshold to within rounding, either exit is right.
    private static bool IsOnAnEdge(ExitPolicy policy, ExitDecision one, ExitDecision other)
    {
        if (one.Exit == other.Exit) return false;
        ExitDecision earlier = one.Exit < other.Exit ? one : other;
        return earlier.Exit < policy.Network.Exits.Length - 1 && Math.Abs(earlier.Score - policy[earlier.Exit]) <= Tolerance;
    }

    private static string Message(Func<object> make) => Assert.Throws<ArgumentException>(make).Message;

    private static void With(string name, Action<EarlyExitModule, Func<EarlyExitTorchPipeline>> test)
    {
        switch (name)
        {
            case "patience":
                using (PatientNet net = new()) Run(net, net.Freeze);
                break;
            case "ensemble":
                using (EnsembleNet net = new()) Run(net, net.Freeze);
                break;
            case "gates":
                using (GatedNet net = new()) Run(net, net.Freeze);
                break;
            case "regression":
                using (QuantityNet net = new()) Run(net, net.Freeze);
                break;
            default:
                using (LabelsNet net = new()) Run(net, net.Freeze);
                break;
        }

        void Run(EarlyExitModule network, Func<EarlyExitTorchPipeline> freeze)
        {
            network.eval();
            test(network, freeze);
        }
    }
}
