using EarlyExitGen;
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

    // The last exit answers the hard images, so the stages serve it first.
    private static readonly double[] ExitWeights = [0.3, 0.5, 1.0];

    /// <summary>Trains the network from its present weights and leaves it in training mode.</summary>
    /// <param name="net">The network.</param>
    /// <param name="images">At least one image.</param>
    /// <param name="epochs">How often to see every image.</param>
    /// <param name="report">Called after every step.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Train(
        FashionNet net, ImageSet images, int epochs, Action<TrainingStep> report, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = images.ToTensor();
        Tensor labels = images.LabelsToTensor();
        optim.Optimizer optimizer = optim.AdamW(net.parameters(), PeakLearningRate, weight_decay: WeightDecay);

        int stepsPerEpoch = (images.Count + BatchSize - 1) / BatchSize;
        int steps = epochs * stepsPerEpoch;
        int step = 0;
        net.train();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            using DisposeScope epochScope = NewDisposeScope();
            foreach (Tensor batch in randperm(images.Count).split(BatchSize, 0))
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope stepScope = NewDisposeScope();
                SetLearningRate(optimizer, step / (double)steps);
                Tensor loss = JointLoss(net, MirrorHalf(inputs.index_select(0, batch)), labels.index_select(0, batch));
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                step++;
                report(new TrainingStep(step, steps, stepsPerEpoch, loss.ToDouble()));
            }
        }
    }

    private static Tensor JointLoss(FashionNet net, Tensor inputs, Tensor labels)
    {
        ExitLogits logits = net.ForwardAll(inputs);
        Tensor loss = zeros(1);
        for (int exit = 0; exit < logits.Count; exit++)
        {
            loss = loss + (ExitWeights[exit] * nn.functional.cross_entropy(logits[exit], labels));
        }

        return loss;
    }

    // Clothes look the same in a mirror. The batches are shuffled, so that every image comes both ways.
    private static Tensor MirrorHalf(Tensor images)
    {
        long half = images.size(0) / 2;
        return cat([images.narrow(0, 0, half).flip(3), images.narrow(0, half, images.size(0) - half)]);
    }

    // Up in a straight line, then down along a cosine.
    private static void SetLearningRate(optim.Optimizer optimizer, double progress)
    {
        double share = progress < WarmUpShare
            ? progress / WarmUpShare
            : 0.5 * (1 + Math.Cos(Math.PI * (progress - WarmUpShare) / (1 - WarmUpShare)));
        foreach (optim.ILearningRateController group in optimizer.ParamGroups) group.LearningRate = PeakLearningRate * share;
    }
}
