using System.Diagnostics;
using EarlyExitGen;
using static TorchSharp.torch;

namespace FashionMnist.Evaluation;

/// <summary>What the compiled pipeline answered for each test image, one image per call, and how long the calls took.</summary>
/// <param name="Decisions">The answers, in the order of the images.</param>
/// <param name="Microseconds">The latencies, in the order of the images.</param>
internal sealed record TestPass(ExitDecision[] Decisions, double[] Microseconds)
{
    /// <summary>Classifies every image.</summary>
    /// <param name="pipeline">The compiled network.</param>
    /// <param name="policy">By which thresholds it exits; it keeps them.</param>
    /// <param name="images">One tensor [1, 1, 28, 28] per image.</param>
    /// <param name="cancellation">Checked before every call.</param>
    public static TestPass Run(
        FashionNet.TorchPipeline pipeline, ExitPolicy policy, IReadOnlyList<Tensor> images, CancellationToken cancellation)
    {
        using Tensor logits = empty(1, policy.Network.Classes);
        ExitDecision[] decisions = new ExitDecision[images.Count];
        double[] microseconds = new double[images.Count];
        pipeline.Policy = policy;
        for (int index = 0; index < images.Count; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            decisions[index] = pipeline.Forward(images[index], logits);
            microseconds[index] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return new TestPass(decisions, microseconds);
    }

    /// <summary>The share of <paramref name="images"/> that got the right label, in [0, 1]; null when there is none.</summary>
    public double? Accuracy(IReadOnlyCollection<int> images, ReadOnlySpan<byte> labels)
    {
        if (images.Count == 0) return null;

        int correct = 0;
        foreach (int image in images)
        {
            if (Decisions[image].Label == labels[image]) correct++;
        }

        return correct / (double)images.Count;
    }
}
