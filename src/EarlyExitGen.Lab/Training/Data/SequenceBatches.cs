using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

internal sealed class SequenceBatches(Func<int, IEnumerable<(Tensor Input, Tensor Label)>> epochs) : TrainingBatches
{
    public override IEnumerable<(Tensor Input, Tensor Label)> Epoch(int epoch, long seed) => epochs(epoch);
}
