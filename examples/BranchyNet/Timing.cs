using EarlyExitGen;
using EarlyExitGen.Lab.Evaluation;
using static TorchSharp.torch;

namespace BranchyNet;

/// <summary>Times early exit and full depth on the same digits, in turn, one digit a call.</summary>
internal static class Timing
{
    /// <summary>The module's own forward, beside its stages and its last exit without any other.</summary>
    public static LatencyEvaluation Eager(BLeNet net, Tensor[] inputs)
    {
        using IDisposable still = no_grad();
        ExitPolicy early = net.Policy;
        ExitPolicy full = early.WithDisabled(0);
        LatencyEvaluation latency = LatencyEvaluation.Measure(inputs.Length, input => Call(early, input), input => Call(full, input));
        net.Policy = early;
        return latency;

        void Call(ExitPolicy policy, int input)
        {
            net.Policy = policy;
            net.forward(inputs[input]).Dispose();
        }
    }

    /// <summary>The generated pipeline, beside the same with the first exit off.</summary>
    public static LatencyEvaluation Pipeline(BLeNet net, Tensor[] inputs)
    {
        using Tensor logits = empty(1, net.Plan.Classes);
        using BLeNet.TorchPipeline early = net.Freeze();
        using BLeNet.TorchPipeline full = early.Clone();
        full.Policy = net.Policy.WithDisabled(0);
        return LatencyEvaluation.Measure(
            inputs.Length, input => early.Forward(inputs[input], logits), input => full.Forward(inputs[input], logits));
    }
}
