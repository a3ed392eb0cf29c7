using EarlyExitGen.Lab.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Training;

/// <summary>Batches with half of their images mirrored: clothes look the same in a mirror.</summary>
/// <param name="batches">Shuffled batches of images [N, 1, height, width], so that in time every image comes both ways.</param>
internal sealed class MirroredBatches(TrainingBatches batches) : TrainingBatches
{
    /// <inheritdoc/>
    public override int? BatchesPerEpoch => batches.BatchesPerEpoch;

    /// <inheritdoc/>
    public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed)
    {
        foreach ((Tensor images, Tensor labels) in batches.Epoch(epoch, seed))
        {
            using Tensor halfMirrored = MirrorFirstHalf(images);
            yield return (halfMirrored, labels);
        }
    }

    private static Tensor MirrorFirstHalf(Tensor images)
    {
        const int Column = 3;
        using DisposeScope scope = NewDisposeScope();
        long half = images.size(0) / 2;
        return cat([images.narrow(0, 0, half).flip(Column), images.narrow(0, half, images.size(0) - half)]).MoveToOuterDisposeScope();
    }
}
