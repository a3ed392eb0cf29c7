using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

internal sealed record AlternatingStrategy : TrainingStrategy
{
    public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs) =>
        [new TrainingPhase("alternating", epochs, LastExit(network), AllExits(network))];
}
