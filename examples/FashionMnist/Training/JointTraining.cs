using EarlyExitGen.Lab.Training;
using FashionMnist.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Training;

/// <summary>
/// Trains every exit at once: the loss is the weighted sum of the exits' cross entropies, as in Teerapittayanon, McDanel and Kung,
/// "BranchyNet: Fast Inference via Early Exiting from Deep Neural Networks", 2016.
/// </summary>
internal static class JointTraining
{
    private const int BatchSize = 100;
    private const double PeakLearningRate = 0.006;
    private const double WeightDecay = 0.05;
    private const double WarmUpShare = 0.2;

    /// <summary>For a network with exits. The last exit answers the hard images, so the stages serve it first.</summary>
    public static readonly LossWeights EveryExit = LossWeights.Fixed(0.3, 0.5, 1.0);

    /// <summary>For a network without early exits: they learn nothing and teach the stages nothing.</summary>
    public static readonly LossWeights LastExit = LossWeights.Fixed(0, 0, 1.0);

    /// <summary>Trains the network from its present weights and leaves it in evaluation mode.</summary>
    /// <param name="net">The network.</param>
    /// <param name="images">At least one image.</param>
    /// <param name="epochs">How often to see every image.</param>
    /// <param name="seed">Where random numbers begin.</param>
    /// <param name="loss">How much each exit's loss counts.</param>
    /// <param name="progress">Told where training stands.</param>
    /// <param name="cancellation">Ends training after the current batch.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Train(
        FashionNet net,
        ImageSet images,
        int epochs,
        long seed,
        LossWeights loss,
        IProgress<TrainingProgress> progress,
        CancellationToken cancellation)
    {
        TrainingOptions options = new()
        {
            Epochs = epochs,
            Strategy = TrainingStrategy.Joint(),
            LossWeights = loss,
            Optimizer = parameters => optim.AdamW(parameters, PeakLearningRate, weight_decay: WeightDecay),
            Scheduler = (optimizer, steps) => optim.lr_scheduler.LambdaLR(optimizer, step => ShareOfPeak(step / (double)steps)),
            SchedulerInterval = SchedulerInterval.Batch,
            Seed = seed,
        };

        using DisposeScope scope = NewDisposeScope();
        TrainingBatches batches = TrainingBatches.FromTensors(images.ToTensor(), images.LabelsToTensor(), BatchSize);
        new EarlyExitTrainer(net, options).Fit(new MirroredBatches(batches), validation: null, progress, cancellation);
    }

    // Up in a straight line, then down along a cosine.
    private static double ShareOfPeak(double done) => done < WarmUpShare
        ? done / WarmUpShare
        : 0.5 * (1 + Math.Cos(Math.PI * (done - WarmUpShare) / (1 - WarmUpShare)));
}
