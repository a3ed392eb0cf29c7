using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Criteria;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>What one writes by hand: modules, tensor operations and ifs.</summary>
internal sealed class HandWritten(EarlyExitModule network, Tensor batch) : IContender
{
    private int? leaveAt;

    public string Name => "TorchSharp by hand";

    public float FirstLogit { get; private set; }

    public void LeaveAt(int? exit) => leaveAt = exit;

    public void Call()
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = network.Plan;
        Tensor features = batch;
        int stage = 0;
        for (int exit = leaveAt is null ? plan.Exits.Length - 1 : 0; exit < plan.Exits.Length; exit++)
        {
            while (stage <= plan.Exits[exit].Stage) features = network.CallStage(stage++, features);
            Tensor logits = network.CallExit(exit, features);
            float score = Score(logits, plan.Exits[exit]);
            if (exit == (leaveAt ?? plan.Exits.Length - 1) && !float.IsNaN(score))
            {
                _ = logits.argmax(1)[0].item<long>();
                FirstLogit = logits[0, 0].item<float>();
                return;
            }
        }
    }

    public void Dispose()
    {
    }

    private static float Score(Tensor logits, ExitPlan exit)
    {
        Tensor probabilities = logits.softmax(1);
        if (exit.Criterion == ExitCriterion.Of<Entropy>()) return (-(probabilities * probabilities.log()).sum(1)).max().item<float>();
        if (exit.Criterion == ExitCriterion.Of<Margin>())
        {
            (Tensor best, _) = probabilities.topk(2, 1);
            return (best[TensorIndex.Colon, 0] - best[TensorIndex.Colon, 1]).min().item<float>();
        }

        return probabilities.max(1).values.min().item<float>();
    }
}

/// <summary>The generated pipeline over TorchSharp tensors, which is its candidate's.</summary>
internal sealed class GeneratedTorch(EarlyExitTorchPipeline pipeline, Tensor batch) : IGeneratedContender
{
    private readonly Tensor logits = empty(batch.size(0), pipeline.Plan.Classes);
    private readonly ExitDecision[] decisions = new ExitDecision[batch.size(0)];

    public string Name => "Torch pipeline";

    public float FirstLogit => logits[0, 0].item<float>();

    public ExitPolicy Policy { set => pipeline.Policy = value; }

    public IReadOnlyList<ExitDecision> Decisions => decisions;

    public void LeaveAt(int? exit) => Policy = Policies.LeaveAt(pipeline.Plan, exit);

    public void Call()
    {
        if (decisions.Length == 1) decisions[0] = pipeline.Forward(batch, logits);
        else pipeline.Forward(batch, logits, decisions);
    }

    public void Dispose() => logits.Dispose();
}

/// <summary>The generated pipeline over the CPU kernels, which is its candidate's.</summary>
internal sealed class GeneratedCpu(EarlyExitCpuPipeline pipeline, float[] batch, int rows) : IGeneratedContender
{
    private readonly float[] logits = new float[rows * pipeline.Plan.Classes];
    private readonly ExitDecision[] decisions = new ExitDecision[rows];

    public string Name => "CPU pipeline";

    public float FirstLogit => logits[0];

    public ExitPolicy Policy { set => pipeline.Policy = value; }

    public IReadOnlyList<ExitDecision> Decisions => decisions;

    public void LeaveAt(int? exit) => Policy = Policies.LeaveAt(pipeline.Plan, exit);

    public void Call()
    {
        if (rows == 1) decisions[0] = pipeline.Forward(batch, logits);
        else pipeline.Forward(batch, logits, decisions);
    }

    public void Dispose()
    {
    }
}

/// <summary>Policies that make every input leave at one exit.</summary>
internal static class Policies
{
    public static ExitPolicy LeaveAt(NetworkPlan plan, int? exit)
    {
        ExitPolicy policy = ExitPolicy.Default(plan);
        for (int early = 0; early < plan.Exits.Length - 1; early++)
        {
            bool firesAtInfinity = plan.Exits[early].Criterion!.ShouldExit(0, float.PositiveInfinity);
            float always = firesAtInfinity ? float.PositiveInfinity : float.NegativeInfinity;
            policy = exit is null ? policy.WithDisabled(early) : policy.With(early, early == exit ? always : -always);
        }

        return policy;
    }
}
