using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>The fields of the Torch pipeline that hold its tensors.</summary>
internal sealed class SlotNames(NetworkModel model, NameAllocator names)
{
    // In lower case, which no inherited member has.
    private readonly string[] extraInputs =
        [.. model.ExtraInputs.Select(extra => names.Allocate(char.ToLowerInvariant(extra.Name[0]) + extra.Name.Substring(1)))];

    /// <summary>The slots of the extra inputs, in order.</summary>
    public IReadOnlyList<string> ExtraInputs => extraInputs;

    public string this[int slot] => slot < 0 ? extraInputs[ExtraInputModel.Number(slot)] : OperationWriter.Slot(slot);
}
