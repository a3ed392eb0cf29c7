using System.Collections.Immutable;

namespace EarlyExitGen.Lab.Training;

internal sealed record ProgressiveStrategy(ProgressiveOrder Order) : TrainingStrategy
{
    public override ImmutableArray<TrainingPhase> Phases(NetworkPlan network, int epochs)
    {
        int exits = network.Exits.Length;
        if (epochs < exits)
        {
            throw new ArgumentException(
                $"Progressive training of {network.Name} has a phase for each of its {exits} exits and needs {exits} epochs at least, " +
                $"not {epochs}.",
                nameof(epochs));
        }

        return [.. Enumerable.Range(0, exits).Select(phase => Phase(network, phase, (epochs / exits) + (phase < epochs % exits ? 1 : 0)))];
    }

    private TrainingPhase Phase(NetworkPlan network, int phase, int epochs) => Order switch
    {
        ProgressiveOrder.FromLastExit => FromLastExit(network, network.Exits.Length - 1 - phase, epochs),
        ProgressiveOrder.FromFirstExit => FromFirstExit(network, phase, epochs),
        _ => throw new InvalidOperationException($"{Order} is not an order of progressive training."),
    };

    private static TrainingPhase FromLastExit(NetworkPlan network, int first, int epochs) =>
        new($"from exit '{network.Exits[first].Name}'", epochs, AllExits(network)[first..]);

    private static TrainingPhase FromFirstExit(NetworkPlan network, int exit, int epochs) =>
        new($"exit '{network.Exits[exit].Name}'", epochs, [exit])
        {
            FrozenStages = exit == 0 ? 0 : network.Exits[exit - 1].Stage + 1,
        };
}
