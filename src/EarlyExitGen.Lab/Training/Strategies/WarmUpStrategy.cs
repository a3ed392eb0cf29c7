using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

internal sealed record WarmUpStrategy(int Epochs, TrainingStrategy Then) : TrainingStrategy
{
    public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs)
    {
        if (epochs <= Epochs)
        {
            throw new ArgumentException(
                $"A warm-up of {Epochs} epochs leaves none of the run's {epochs} for the strategy.", nameof(epochs));
        }

        return [new TrainingPhase("warm-up", Epochs, LastExit(network)), .. Then.Phases(network, epochs - Epochs)];
    }
}
