using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

internal sealed record JointStrategy : TrainingStrategy
{
    public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs) =>
        [new TrainingPhase("joint", epochs, AllExits(network))];
}
