using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>Turns a declared network into one that the emitters can write, by a short list of passes in this order.</summary>
internal static class Lowering
{
    public static LoweredNetwork Run(NetworkModel model)
    {
        TensorShape? features = TensorShape.OfInput(model.Input);
        EquatableArray<TensorShape> extraInputs = new([.. model.ExtraInputs.Select(extra => new TensorShape(extra.Shape))]);
        BufferPlanner buffers = new(extraInputs.Count);
        List<LoweredPart> stages = [];
        List<LoweredPart> exits = [];
        List<LoweredGate> gates = [];
        foreach (StageModel stage in model.Stages)
        {
            LoweredPart part = buffers.PlaceStage(Prepare(stage.Layers, features, extraInputs));
            features = part.Output;
            foreach (ExitModel exit in model.Exits.Where(exit => exit.Stage == stages.Count))
            {
                if (exit.Gate is { } gate) gates.Add(new LoweredGate(exits.Count, buffers.PlaceExit(Prepare(gate.Layers, features, extraInputs))));
                exits.Add(buffers.PlaceExit(Prepare(exit.Layers, features, extraInputs)));
            }

            stages.Add(part);
        }

        return new LoweredNetwork(model, Fingerprint.Of(model), new([.. stages]), new([.. exits]), new([.. gates]), buffers.Slots);
    }

    private static LoweredPart Prepare(EquatableArray<LayerModel> layers, TensorShape? input, EquatableArray<TensorShape> extraInputs)
    {
        LoweredPart part = ShapeInference.Run(layers, input, extraInputs);
        part = CostModel.Run(part);
        return BatchNormFolding.Run(part);
    }
}
