using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Decides in which slot of the Torch pipeline each value lives, and which operations may overwrite a value that they read. Slot 0 holds
/// the features that stages pass on and heads read, slot 1 a head's values; the others hold what lives beside them, and are reused as
/// soon as their value is dead.
/// </summary>
/// <remarks>
/// An operation overwrites what it reads when nothing else can see it: the memory was made by this pipeline, and neither the value nor a
/// view of it is read again. An activation also does so when the author said <c>inplace: true</c>, since then a later reader sees the
/// result in TorchSharp too; only the caller's own tensors, the input and the extra inputs, and the frozen tensors of the network are never
/// written.
/// </remarks>
internal sealed class BufferPlanner(int extraInputs)
{
    /// <summary>The slot of what a frozen tensor has a field of its own for.</summary>
    public const int Owned = int.MinValue;

    private const int Features = 0;
    private const int Head = 1;
    private const int FirstBranch = 2;

    private Value features = new(Features, new Memory(isOurs: false, isReadOnly: true));

    // Each in a slot of its own, whose number is below 0: see ExtraInputModel.
    private readonly Value[] extras =
    [
        .. Enumerable.Range(0, extraInputs)
            .Select(index => new Value(ExtraInputModel.Number(index), new Memory(isOurs: false, isReadOnly: true))),
    ];

    /// <summary>How many slots all parts placed so far need.</summary>
    public int Slots { get; private set; } = 1;

    public LoweredPart PlaceStage(LoweredPart part)
    {
        (LoweredPart placed, Value result) = Place(part, features, Features);
        features = result with { Slot = Features };
        return placed;
    }

    // Later stages still read the features, so a head may not write to them of its own accord.
    public LoweredPart PlaceExit(LoweredPart part) =>
        Place(part, features with { Memory = new Memory(isOurs: false, features.Memory.IsReadOnly) }, Head).Part;

    private (LoweredPart Part, Value Result) Place(LoweredPart part, Value input, int firstSlot)
    {
        List<Value> values = [input];
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        for (int index = 0; index < part.Steps.Count; index++)
        {
            Step step = part.Steps[index];
            Value[] sources = [.. step.Layer.Inputs.Select(read => read < 0 ? extras[ExtraInputModel.Number(read)] : values[read])];
            Value? overwritten = Overwritten(part, index, values, sources);
            Value result = overwritten ?? step.Layer.Operation switch
            {
                Identity => sources[0],
                OwnedTensor => new Value(Owned, new Memory(isOurs: false, isReadOnly: true), IsOfBatch: false),
                _ => new Value(
                    FreeSlot(part, index, values, firstSlot),
                    ResultMemory(step.Layer.Operation, sources),
                    Array.Exists(sources, source => source.IsOfBatch),
                    step.Layer.Operation is Expand || (step.Layer.Operation.IsView && sources[0].Overlaps)),
            };

            values.Add(result);
            steps.Add(step with
            {
                InputSlots = new([.. sources.Select(source => source.Slot)]),
                OutputSlot = result.Slot,
                InPlace = overwritten is not null,
            });
            Slots = Math.Max(Slots, result.Slot + 1);
        }

        Value last = values[values.Count - 1];
        return (part with { Steps = new EquatableArray<Step>(steps.ToImmutable()), OutputSlot = last.Slot }, last);
    }

    private static Memory ResultMemory(Operation operation, Value[] sources) => operation switch
    {
        { IsView: true } => sources[0].Memory,

        // The user's own code may return its input, or keep what it returns.
        ModuleCall or MemberCall => new Memory(isOurs: false, sources[0].Memory.IsReadOnly),
        _ => new Memory(isOurs: true, isReadOnly: false),
    };

    /// <summary>The value that a step overwrites with its result; null when it makes a new one.</summary>
    private static Value? Overwritten(LoweredPart part, int index, List<Value> values, Value[] sources)
    {
        Step step = part.Steps[index];
        switch (step.Layer.Operation)
        {
            case Activation { InPlace: true } when !sources[0].Memory.IsReadOnly:
                return sources[0];
            case Activation { CanOverwrite: true } or ScalarArithmetic:
                return IsDead(sources[0]) ? sources[0] : null;
            case MaskedFill:
                return CanHold(0) ? sources[0] : null;
            case Elementwise { Kind: var kind } when sources[0].Memory != sources[1].Memory:
                if (CanHold(0)) return sources[0];
                return kind is ElementwiseKind.Add or ElementwiseKind.Multiply && CanHold(1) ? sources[1] : null;
            default:
                return null;
        }

        bool CanHold(int operand) => IsDead(sources[operand])
            && step.Output is not null
            && (sources[operand].IsOfBatch || !Array.Exists(sources, source => source.IsOfBatch))
            && part.ShapeOf(step.Layer.Inputs[operand]) == step.Output;

        bool IsDead(Value value) => value.Memory.IsOurs
            && !value.Overlaps
            && !Enumerable.Range(0, values.Count).Any(other => values[other].Memory == value.Memory && IsReadAfter(part, index, other));
    }

    private static bool IsReadAfter(LoweredPart part, int index, int value) =>
        part.Steps.Skip(index + 1).Any(later => later.Layer.Inputs.Contains(value));

    private static int FreeSlot(LoweredPart part, int index, List<Value> values, int firstSlot)
    {
        HashSet<int> live = [];
        for (int value = 0; value < values.Count; value++)
        {
            if (IsReadAfter(part, index, value)) live.Add(values[value].Slot);
        }

        if (!live.Contains(firstSlot)) return firstSlot;
        int slot = FirstBranch;
        while (live.Contains(slot)) slot++;
        return slot;
    }

    /// <summary>A tensor in its slot.</summary>
    /// <param name="IsOfBatch">Whether it has the rows of the batch; what is made of the network's own tensors alone has one row.</param>
    /// <param name="Overlaps">Whether several of its elements may lie in one place, as one row does that is every row.</param>
    private sealed record Value(int Slot, Memory Memory, bool IsOfBatch = true, bool Overlaps = false);

    /// <summary>The memory behind a value and all views of it.</summary>
    /// <param name="isOurs">Whether this pipeline made it, and no code of the user can look at it.</param>
    /// <param name="isReadOnly">Whether nobody may write to it, whatever the author says: it is what the caller passed in, or a frozen tensor.</param>
    private sealed class Memory(bool isOurs, bool isReadOnly)
    {
        public bool IsOurs => isOurs;

        public bool IsReadOnly => isReadOnly;
    }
}
