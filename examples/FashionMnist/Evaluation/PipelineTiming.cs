using EarlyExitGen;
using EarlyExitGen.Lab.Evaluation;
using FashionMnist.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Evaluation;

/// <summary>Times the compiled pipeline: its parts, single images, and batches.</summary>
internal static class PipelineTiming
{
    private const int BatchSize = 64;
    private const int MostRounds = 1000;

    /// <summary>What backbone, heads and checks cost by the clock, one image per call, in milliseconds.</summary>
    public static CostModel MeasureCosts(FashionNet net, ImageSet images)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor logits = empty(1, net.Plan.Classes);
        using FashionNet.TorchPipeline pipeline = net.Freeze();
        Tensor[] single = images.ToTensor().split(1, 0);
        return CostMeasurement.Measure(
            net.Plan,
            policy => pipeline.Policy = policy,
            image => pipeline.Forward(single[image], logits),
            Math.Min(images.Count, MostRounds));
    }

    /// <summary>Times every image with early exits and at full depth, in turns, and holds the parts' costs against the clock.</summary>
    /// <param name="net">The network.</param>
    /// <param name="images">The images.</param>
    /// <param name="recorded">Their logits.</param>
    /// <param name="evaluation">What the policy does with them.</param>
    public static (LatencyEvaluation Latency, CostReconciliation Costs) Measure(
        FashionNet net, ImageSet images, RecordedLogits recorded, PolicyEvaluation evaluation)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor logits = empty(1, net.Plan.Classes);
        using FashionNet.TorchPipeline pipeline = net.Freeze();
        Tensor[] single = images.ToTensor().split(1, 0);
        (LatencyEvaluation latency, CostReconciliation costs) = CostReconciliation.Measure(
            evaluation.Policy,
            Evaluator.Replay(recorded, evaluation.Policy),
            policy => pipeline.Policy = policy,
            image => pipeline.Forward(single[image], logits).Exit);
        return (latency, images.Count < BatchSize ? costs : costs with { Batch = MeasureBatches(pipeline, evaluation, images) });
    }

    private static BatchCost MeasureBatches(FashionNet.TorchPipeline pipeline, PolicyEvaluation evaluation, ImageSet images)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor logits = empty(BatchSize, evaluation.Policy.Network.Classes);
        ExitDecision[] decisions = new ExitDecision[BatchSize];
        Tensor[] batches = [.. images.ToTensor().split(BatchSize, 0).Where(batch => batch.size(0) == BatchSize)];
        return BatchCost.Measure(
            evaluation.Policy,
            [.. evaluation.Exits.Select(exit => exit.Share)],
            BatchSize,
            batches.Length,
            policy => pipeline.Policy = policy,
            batch => pipeline.Forward(batches[batch], logits, decisions));
    }
}
