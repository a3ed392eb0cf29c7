using System.Diagnostics;
using EarlyExitGen;
using static TorchSharp.torch;

namespace FashionMnist.Evaluation;

/// <summary>What the compiled pipeline answered for each test image, one image per call, and how long its calls took.</summary>
internal sealed class TestPass
{
    private const int Rounds = 5;

    private readonly ExitDecision[] decisions;
    private readonly double[][] microseconds;

    private TestPass(int images)
    {
        decisions = new ExitDecision[images];
        microseconds = [.. Enumerable.Range(0, images).Select(_ => new double[Rounds])];
    }

    /// <summary>The answers, in the order of the images.</summary>
    public IReadOnlyList<ExitDecision> Decisions => decisions;

    /// <summary>The median latency of each image's calls, which leaves out what the machine did besides, summed over all images.</summary>
    public double TotalMicroseconds => microseconds.Sum(calls => Percentiles.Of(calls).P50);

    /// <summary>Classifies every image several times, by the pipeline's own policy and at full depth in turns.</summary>
    /// <param name="pipeline">The compiled network. Its policy is the same afterwards.</param>
    /// <param name="images">One tensor [1, 1, 28, 28] per image.</param>
    /// <param name="cancellation">Checked before every call.</param>
    public static (TestPass EarlyExit, TestPass FullDepth) RunBoth(
        FashionNet.TorchPipeline pipeline, IReadOnlyList<Tensor> images, CancellationToken cancellation)
    {
        const int WarmUp = -1;
        ExitPolicy policy = pipeline.Policy;
        ExitPolicy neverExit = NeverExit.For(policy.Network);
        TestPass earlyExit = new(images.Count);
        TestPass fullDepth = new(images.Count);
        for (int round = WarmUp; round < Rounds; round++)
        {
            pipeline.Policy = neverExit;
            fullDepth.Run(pipeline, images, Math.Max(round, 0), cancellation);
            pipeline.Policy = policy;
            earlyExit.Run(pipeline, images, Math.Max(round, 0), cancellation);
        }

        return (earlyExit, fullDepth);
    }

    /// <summary>The share of <paramref name="images"/> that got the right label, in [0, 1]; null when there is none.</summary>
    public double? Accuracy(IReadOnlyCollection<int> images, ReadOnlySpan<byte> labels)
    {
        if (images.Count == 0) return null;

        int correct = 0;
        foreach (int image in images)
        {
            if (decisions[image].Label == labels[image]) correct++;
        }

        return correct / (double)images.Count;
    }

    /// <summary>The latencies of all calls for <paramref name="images"/>; null when there is none.</summary>
    public Percentiles? Latency(IReadOnlyCollection<int> images) =>
        images.Count == 0 ? null : Percentiles.Of(images.SelectMany(image => microseconds[image]));

    private void Run(FashionNet.TorchPipeline pipeline, IReadOnlyList<Tensor> images, int round, CancellationToken cancellation)
    {
        using Tensor logits = empty(1, pipeline.Policy.Network.Classes);
        for (int image = 0; image < images.Count; image++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            decisions[image] = pipeline.Forward(images[image], logits);
            microseconds[image][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
    }
}
