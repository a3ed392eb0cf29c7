using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Does once what all readers of a stage's features do first. Where its heads, its gates and the next stage begin with the same pooling or
/// activation, that becomes the end of the stage: it runs once, may join the layer before it, and leaves smaller features to gather.
/// </summary>
/// <remarks>For the pipelines alone. The module, its plan and what the analyzers say keep the author's parts.</remarks>
internal static class SharedBeginnings
{
    public static LoweredNetwork Run(LoweredNetwork network)
    {
        // A layer that does not fit is the author's to see where it stands.
        if (network.Parts.Any(part => part.Steps.Any(step => step.Output is null))) return network;
        NetworkModel model = network.Model;
        for (int stage = 0; stage < model.Stages.Count - 1; stage++)
        {
            for (int count = Shared(model, stage); count > 0; count--)
            {
                if (!Readers(model, stage).All(layers => CanMove(layers, count))) continue;
                model = Move(model, stage, count);
                break;
            }
        }

        return model == network.Model ? network : Lowering.Run(model) with { Fingerprint = network.Fingerprint };
    }

    /// <summary>What reads a stage's features: its gates and heads, and the next stage.</summary>
    private static IEnumerable<EquatableArray<LayerModel>> Readers(NetworkModel model, int stage) =>
        Exits(model, stage).SelectMany(exit => exit.Gate is { } gate ? new[] { gate.Layers, exit.Layers } : [exit.Layers])
            .Append(model.Stages[stage + 1].Layers);

    private static IEnumerable<ExitModel> Exits(NetworkModel model, int stage) => model.Exits.Where(exit => exit.Stage == stage);

    /// <summary>How many layers all readers have in common, one after the other from the first on.</summary>
    private static int Shared(NetworkModel model, int stage)
    {
        EquatableArray<LayerModel>[] readers = [.. Readers(model, stage)];
        if (readers.Length < 2) return 0;
        int count = 0;
        while (readers.All(layers => count < layers.Count - 1
            && layers[count].Operation == readers[0][count].Operation
            && IsMovable(layers[count].Operation, isFirst: count == 0)
            && layers[count].Inputs.Count == 1
            && layers[count].Inputs[0] == count))
        {
            count++;
        }

        return count;
    }

    // What overwrites its input must not overwrite the features that others read.
    private static bool IsMovable(Operation operation, bool isFirst) =>
        operation is MaxPool or AvgPool or AdaptiveAvgPool || (operation is Activation activation && !(isFirst && activation.InPlace));

    /// <summary>Whether nothing else reads what the first layers read or give, or overwrites their result, which others read then too.</summary>
    private static bool CanMove(EquatableArray<LayerModel> layers, int count)
    {
        HashSet<int> views = [count];
        for (int index = count; index < layers.Count; index++)
        {
            LayerModel layer = layers[index];
            if (layer.Inputs.Any(value => value >= 0 && value < count)) return false;
            if (layer.Inputs.Count == 0 || !views.Contains(layer.Inputs[0])) continue;
            if (layer.Operation is Activation { InPlace: true }) return false;
            if (layer.Operation.IsView || layer.Operation is Identity) views.Add(index + 1);
        }

        return true;
    }

    private static NetworkModel Move(NetworkModel model, int stage, int count)
    {
        EquatableArray<LayerModel> own = model.Stages[stage].Layers;
        IEnumerable<LayerModel> moved = model.Stages[stage + 1].Layers.Take(count)
            .Select((layer, index) => layer with { Inputs = [own.Count + index], Block = null, IsShared = true });
        return model with
        {
            Stages = new(
            [
                .. model.Stages.Select((part, index) => index == stage ? part with { Layers = new([.. own, .. moved]) }
                    : index == stage + 1 ? part with { Layers = Without(part.Layers, count) }
                    : part),
            ]),
            Exits = new(
            [
                .. model.Exits.Select(exit => exit.Stage != stage ? exit : exit with
                {
                    Layers = Without(exit.Layers, count),
                    Gate = exit.Gate is { } gate ? gate with { Layers = Without(gate.Layers, count) } : null,
                }),
            ]),
        };
    }

    private static EquatableArray<LayerModel> Without(EquatableArray<LayerModel> layers, int count) => new(
    [
        .. layers.Skip(count).Select(layer => layer with
        {
            Inputs = new([.. layer.Inputs.Select(value => value < 0 ? value : value - count)]),
        }),
    ]);
}
