using EarlyExitGen;
using EarlyExitGen.Lab.Evaluation;
using static TorchSharp.torch;

namespace BranchyNet;

/// <summary>One way of running the network by the clock, one digit per call.</summary>
/// <param name="Name">Which way.</param>
/// <param name="Latency">Early exit beside full depth on the same digits.</param>
/// <param name="Costs">The parts: backbone, head and check.</param>
internal sealed record Timing(string Name, LatencyEvaluation Latency, CostReconciliation Costs)
{
    /// <summary>Times every way of running the network on the same digits.</summary>
    /// <param name="net">The network, in evaluation mode.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="digits">[N, 1, 28, 28].</param>
    /// <param name="replayed">Per digit, the exit at which the policy lets it leave.</param>
    public static Timing[] Measure(BLeNet net, ExitPolicy policy, Tensor digits, int[] replayed)
    {
        Tensor[] inputs = digits.split(1, 0);
        return [Eager(net, policy, inputs, replayed), Torch(net, policy, inputs, replayed), Cpu(net, policy, inputs, replayed)];
    }

    /// <summary>The module's own forward.</summary>
    private static Timing Eager(BLeNet net, ExitPolicy policy, Tensor[] inputs, int[] replayed)
    {
        using IDisposable still = no_grad();
        (LatencyEvaluation latency, CostReconciliation costs) = CostReconciliation.Measure(
            policy, replayed, changed => net.Policy = changed, Answer);
        return new Timing("eager TorchSharp", latency, costs);

        int Answer(int input)
        {
            net.forward(inputs[input]).Dispose();
            return replayed[input]; // The module does not tell which exit answered.
        }
    }

    private static Timing Torch(BLeNet net, ExitPolicy policy, Tensor[] inputs, int[] replayed)
    {
        using Tensor logits = empty(1, net.Plan.Classes);
        using BLeNet.TorchPipeline pipeline = net.Freeze();
        (LatencyEvaluation latency, CostReconciliation costs) = CostReconciliation.Measure(
            policy, replayed, changed => pipeline.Policy = changed, input => pipeline.Forward(inputs[input], logits).Exit);
        return new Timing("Torch pipeline", latency, costs);
    }

    private static Timing Cpu(BLeNet net, ExitPolicy policy, Tensor[] inputs, int[] replayed)
    {
        float[][] pixels = [.. inputs.Select(input => input.data<float>().ToArray())];
        float[] logits = new float[net.Plan.Classes];
        using BLeNet.CpuPipeline pipeline = net.FreezeForCpu();
        (LatencyEvaluation latency, CostReconciliation costs) = CostReconciliation.Measure(
            policy, replayed, changed => pipeline.Policy = changed, input => pipeline.Forward(pixels[input], logits).Exit);
        return new Timing("CPU pipeline", latency, costs);
    }
}
