using EarlyExitGen.Lab.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BranchyNet;

/// <summary>Batches whose images are moved by up to a few pixels each way: a digit is the same digit elsewhere.</summary>
/// <param name="batches">Batches of images [N, 1, height, width].</param>
/// <param name="mostPixels">The largest shift in pixels; at least 1.</param>
/// <param name="background">The value of a pixel that comes in from outside.</param>
internal sealed class ShiftedBatches(TrainingBatches batches, int mostPixels, float background) : TrainingBatches
{
    // A batch is cut into this many parts, and each part moves as a whole: one copy each instead of one per image.
    private const int Parts = 8;

    /// <inheritdoc/>
    public override int? BatchesPerEpoch => batches.BatchesPerEpoch;

    /// <inheritdoc/>
    public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed)
    {
#pragma warning disable CA5394 // Not for security: training must be repeatable.
        Random random = new(unchecked((int)((seed * 1_000_003) + epoch)));
#pragma warning restore CA5394
        foreach ((Tensor images, Tensor labels) in batches.Epoch(epoch, seed))
        {
            using Tensor shifted = Shift(images, random);
            yield return (shifted, labels);
        }
    }

    private Tensor Shift(Tensor images, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor padded = nn.functional.pad(images, [mostPixels, mostPixels, mostPixels, mostPixels], PaddingModes.Constant, background);
        Tensor[] parts = padded.tensor_split(Parts, 0);
        return cat([.. parts.Select(Move)]).MoveToOuterDisposeScope();

#pragma warning disable CA5394 // Not for security: training must be repeatable.
        Tensor Move(Tensor part) => part
            .narrow(2, random.Next((2 * mostPixels) + 1), images.size(2))
            .narrow(3, random.Next((2 * mostPixels) + 1), images.size(3));
#pragma warning restore CA5394
    }
}
