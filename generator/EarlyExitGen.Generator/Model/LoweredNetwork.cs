namespace EarlyExitGen.Generator.Model;

/// <summary>A network with everything that the emitters need: shapes, costs, and where each value lives.</summary>
/// <param name="Fingerprint">A hash of the architecture.</param>
/// <param name="Gates">The gates of those exits that have one, in the order of the exits.</param>
/// <param name="Slots">How many tensors the Torch pipeline holds at once. Slot 0 is the features.</param>
internal sealed record LoweredNetwork(
    NetworkModel Model,
    string Fingerprint,
    EquatableArray<LoweredPart> Stages,
    EquatableArray<LoweredPart> Exits,
    EquatableArray<LoweredGate> Gates,
    int Slots)
{
    /// <summary>Every stage, head and gate.</summary>
    public IEnumerable<LoweredPart> Parts => Stages.Concat(Exits).Concat(Gates.Select(gate => gate.Part));

    /// <summary>The gate of an exit; null when it has none.</summary>
    public LoweredPart? GateOf(int exit) => Gates.FirstOrDefault(gate => gate.Exit == exit)?.Part;
}

/// <summary>The gate of one exit, counted from 0.</summary>
internal sealed record LoweredGate(int Exit, LoweredPart Part);

/// <summary>A stage or a head.</summary>
/// <param name="Output">The shape of its result; null when unknown.</param>
/// <param name="OutputSlot">Where its result lies.</param>
internal sealed record LoweredPart(EquatableArray<Step> Steps, TensorShape? Input, TensorShape? Output, int OutputSlot)
{
    /// <summary>Multiply–accumulate operations for one sample; null when a step's are unknown.</summary>
    public long? Macs => Steps.Aggregate((long?)0, (sum, step) => sum + step.Macs);

    /// <summary>Trainable parameters; null when a step's are unknown.</summary>
    public long? Parameters => Steps.Aggregate((long?)0, (sum, step) => sum + step.Parameters);

    /// <summary>The shape of a value, numbered as its layers number them; null when unknown.</summary>
    public TensorShape? ShapeOf(int value) => value switch
    {
        0 => Input,
        < 0 => ExtraInputs[ExtraInputModel.Number(value)],
        _ => Steps[value - 1].Output,
    };

    /// <summary>The shapes of the network's extra inputs.</summary>
    public EquatableArray<TensorShape> ExtraInputs { get; init; } = [];
}

/// <summary>One layer as it runs.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Norm">The batch normalisation that is folded into its weights.</param>
/// <param name="Input">The shape of the first value that it reads; null when unknown.</param>
/// <param name="Output">The shape of its result; null when unknown.</param>
/// <param name="Macs">Multiply–accumulate operations for one sample; null when unknown.</param>
/// <param name="Parameters">Trainable parameters, with those of a folded layer; null when unknown.</param>
/// <param name="InputSlots">Where the values that it reads lie.</param>
/// <param name="OutputSlot">Where its result goes.</param>
/// <param name="InPlace">Whether it overwrites the value in its output slot, which is one that it reads.</param>
/// <param name="Change">What the Torch pipeline does otherwise than the author wrote.</param>
internal sealed record Step(
    LayerModel Layer,
    LayerModel? Norm,
    TensorShape? Input,
    TensorShape? Output,
    long? Macs,
    long? Parameters,
    EquatableArray<int> InputSlots,
    int OutputSlot,
    bool InPlace,
    StepChange Change = StepChange.None)
{
    /// <summary>The steps after a layer that are part of the same operation of the Torch pipeline.</summary>
    public EquatableArray<Step> Tail { get; init; } = [];
}

/// <summary>How a step of the Torch pipeline differs from the author's layer.</summary>
internal enum StepChange
{
    None,

    /// <summary>A pooling that runs before the activation that precedes it.</summary>
    PoolsFirst,

    /// <summary>A linear layer that also does the flattening before it.</summary>
    Flattens,

    /// <summary>A step that is part of the layer before it.</summary>
    Joined,
}
