using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Decides in which slot of the Torch pipeline each value lives, and which activations may overwrite their input. Slot 0 holds the
/// features that stages pass on and heads read; the others are reused as soon as their value is dead.
/// </summary>
/// <remarks>
/// An activation overwrites its input when nothing else can see it: the value was made by this pipeline, is no view of one that lives
/// on, and is read for the last time. It also does so when the author said <c>inplace: true</c>, since then a later reader sees the
/// result in TorchSharp too; only the caller's own input is never written.
/// </remarks>
internal sealed class BufferPlanner
{
    private const int Features = 0;

    private Value features = new(Features, Owned: false, IsCallersInput: true);

    /// <summary>How many slots all parts placed so far need.</summary>
    public int Slots { get; private set; } = 1;

    public LoweredPart PlaceStage(LoweredPart part)
    {
        (LoweredPart placed, Value result) = Place(part, features, Features);
        features = result with { Slot = Features };
        return placed;
    }

    public LoweredPart PlaceExit(LoweredPart part) => Place(part, features with { Owned = false }, Features + 1).Part;

    /// <param name="firstSlot">The first slot that the part may write to.</param>
    private (LoweredPart Part, Value Result) Place(LoweredPart part, Value input, int firstSlot)
    {
        List<Value> values = [input];
        ImmutableArray<Step>.Builder steps = ImmutableArray.CreateBuilder<Step>();
        for (int index = 0; index < part.Steps.Count; index++)
        {
            Step step = part.Steps[index];
            int read = step.Layer.Inputs[0];
            Value source = values[read];
            bool isLastUse = !part.Steps.Skip(index + 1).Any(later => later.Layer.Inputs.Contains(read));
            (Value to, bool inPlace) = Result(step, source, isLastUse);
            if (!inPlace && step.Layer.Operation is not Identity)
            {
                to = to with { Slot = FreeSlot(part, index, values, firstSlot) };
            }

            values.Add(to);
            steps.Add(step with { InputSlot = source.Slot, OutputSlot = to.Slot, InPlace = inPlace });
            Slots = Math.Max(Slots, to.Slot + 1);
        }

        Value result = values[values.Count - 1];
        return (part with { Steps = new EquatableArray<Step>(steps.ToImmutable()), OutputSlot = result.Slot }, result);
    }

    private static (Value Result, bool InPlace) Result(Step step, Value source, bool isLastUse) => step.Layer.Operation switch
    {
        Identity => (source, false),
        Activation { InPlace: true } when !source.IsCallersInput => (source, true),
        Activation when source.Owned && isLastUse => (source, true),

        // A view: its owner lives on unless this was the last use.
        Flatten => (source with { Owned = source.Owned && isLastUse }, false),

        // The user's own code may return its input, or keep what it returns.
        ModuleCall or MemberCall => (source with { Owned = false }, false),
        _ => (new Value(source.Slot, Owned: true, IsCallersInput: false), false),
    };

    private static int FreeSlot(LoweredPart part, int index, List<Value> values, int firstSlot)
    {
        HashSet<int> live = [];
        for (int value = 0; value < values.Count; value++)
        {
            if (part.Steps.Skip(index + 1).Any(later => later.Layer.Inputs.Contains(value))) live.Add(values[value].Slot);
        }

        int slot = firstSlot;
        while (live.Contains(slot)) slot++;
        return slot;
    }

    /// <param name="Owned">Whether this pipeline made the memory, and nothing else looks at it.</param>
    /// <param name="IsCallersInput">Whether it is, or is a view of, what the caller passed in.</param>
    private readonly record struct Value(int Slot, bool Owned, bool IsCallersInput);
}
