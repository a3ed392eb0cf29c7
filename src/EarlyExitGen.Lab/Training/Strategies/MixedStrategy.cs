using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

internal sealed record MixedStrategy(double BackboneShare) : TrainingStrategy
{
    public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs)
    {
        if (network.Exits.Length == 1) return Joint().Phases(network, epochs);
        (int backbone, int joint) = Divide(epochs, BackboneShare);
        return
        [
            new TrainingPhase("backbone", backbone, LastExit(network)),
            new TrainingPhase("joint", joint, AllExits(network)),
        ];
    }
}
