using System.Globalization;
using EarlyExitGen.Lab.Training;
using static TorchSharp.torch;

namespace BranchyNet;

/// <summary>
/// Joint training with the paper's loss weights, on digits that move by up to two pixels. Repeatable to the bit on one machine: one
/// thread, and every random number follows from one seed.
/// </summary>
internal static class Training
{
    /// <summary>Where random numbers begin, the network's weights included.</summary>
    public const long Seed = 1;

    private const int BatchSize = 100;
    private const double PeakLearningRate = 0.006;
    private const double WeightDecay = 0.01;
    private const double WarmUpShare = 0.15;

    /// <summary>Trains the network from its present weights, prints one line per epoch, and leaves it in evaluation mode.</summary>
    public static void Train(BLeNet net, Mnist digits, int epochs)
    {
        TrainingOptions options = new()
        {
            Epochs = epochs,
            LossWeights = LossWeights.Fixed(1.0, 0.3),
            Optimizer = parameters => optim.AdamW(parameters, PeakLearningRate, weight_decay: WeightDecay),
            Scheduler = (optimizer, steps) => optim.lr_scheduler.LambdaLR(optimizer, step => ShareOfPeak(step / (double)steps)),
            SchedulerInterval = SchedulerInterval.Batch,
            Seed = Seed,
        };
        TrainingBatches batches = TrainingBatches.FromTensors(digits.Images, digits.Labels, BatchSize);
        ShiftedBatches shifted = new(batches, mostPixels: 2, Mnist.Background);
        TrainingResult result = new EarlyExitTrainer(net, options).Fit(shifted, progress: new EpochLines());
        Console.WriteLine($"Trained {epochs} epochs in {result.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s.");
        net.eval();
    }

    // Up in a straight line, then down along a cosine.
    private static double ShareOfPeak(double done) => done < WarmUpShare
        ? done / WarmUpShare
        : 0.5 * (1 + Math.Cos(Math.PI * (done - WarmUpShare) / (1 - WarmUpShare)));

    private sealed class EpochLines : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Completed is null) return;
            IEnumerable<string> exits = value.Completed.Training.Select(exit => string.Create(
                CultureInfo.InvariantCulture, $"{exit.Exit} {100 * exit.Accuracy:0.00} %"));
            Console.WriteLine($"epoch {value.Epoch}/{value.Epochs}, accuracy in training: {string.Join(", ", exits)}");
        }
    }
}
