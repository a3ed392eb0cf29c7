using System.Diagnostics;
using EarlyExitGen;
using FashionMnist.Evaluation;
using TorchSharp;

namespace FashionMnist.Benchmark;

/// <summary>Calls one implementation and notes what each call cost.</summary>
internal sealed class Contender(Func<torch.Tensor, ExitDecision> classify, int calls)
{
    private readonly double[] microseconds = new double[calls];
    private long bytes;
    private int taken;

    /// <summary>Classifies one image without noting anything.</summary>
    public ExitDecision Call(torch.Tensor image) => classify(image);

    /// <summary>Classifies one image and notes the time and the managed memory it took.</summary>
    public void TimedCall(torch.Tensor image)
    {
        long bytesBefore = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        classify(image);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        bytes += GC.GetAllocatedBytesForCurrentThread() - bytesBefore;
        microseconds[taken++] = elapsed.TotalMicroseconds;
    }

    /// <summary>What the timed calls came to.</summary>
    public Measurement Measured() => new(Percentiles.Of(microseconds), bytes / (double)calls);
}
