using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>
/// The fields of a pipeline that hold what its layers need at run time: weights, or the user's own module. One field for each module of
/// the network, however often it runs, and for each shape in which a tensor of the network's own is seen.
/// </summary>
internal sealed class FrozenFields
{
    private readonly Dictionary<string, FrozenField> byKey = new(StringComparer.Ordinal);
    private readonly List<FrozenField> inOrder = [];

    public FrozenFields(LoweredNetwork network, NameAllocator names, TypeNames types)
    {
        foreach (Step step in network.Parts.SelectMany(part => part.Steps))
        {
            if (byKey.ContainsKey(Key(step)) || Describe(step, types) is not { } field) continue;
            FrozenField named = field with { Name = names.Allocate(WeightNames.ForIdentifier(step.Layer.Path)) };
            byKey.Add(Key(step), named);
            inOrder.Add(named);
        }
    }

    public IReadOnlyList<FrozenField> All => inOrder;

    public string this[Step step] => byKey[Key(step)].Name;

    // One tensor may be seen in several shapes.
    private static string Key(Step step) => step.Layer.Operation is OwnedTensor tensor ? Read(step.Layer.Path, tensor) : step.Layer.Path;

    private static FrozenField? Describe(Step step, TypeNames types)
    {
        string path = Literals.Of(step.Layer.Path);
        return step.Layer.Operation switch
        {
            Convolution or Linear when step.Norm is { Operation: BatchNorm norm } => new FrozenField(
                types["FrozenLayer"], $"weights.Layer({path}, foldedNorm: {Literals.Of(step.Norm.Path)}, epsilon: {Literals.Of(norm.Epsilon)})"),
            Convolution or TransposedConvolution or Linear or LayerNorm or GroupNorm or Embedding or PReLU => new FrozenField(types["FrozenLayer"], $"weights.Layer({path})"),
            OwnedTensor tensor => new FrozenField(types["TensorSlot"], Read(step.Layer.Path, tensor), IsReference: true),
            BatchNorm => new FrozenField(types["FrozenNorm"], $"weights.BatchNorm({path})"),
            ModuleCall => new FrozenField(
                $"{types["nn"]}.Module<{types["Tensor"]}, {types["Tensor"]}>", $"weights.Module({path})", IsReference: true),
            _ => null,
        };
    }

    private static string Read(string path, OwnedTensor tensor)
    {
        string stored = tensor.Stored is { } known ? $", shape: {Literals.Of(known.Dimensions)}" : "";
        EquatableArray<long>? view = tensor.Shape is { } shape ? [1, .. shape.Dimensions] : null;
        string seen = view is { } other && other != tensor.Stored?.Dimensions ? $", seenAs: {Literals.Of(other)}" : "";
        return $"weights.Tensor({Literals.Of(path)}{stored}{seen})";
    }
}

/// <summary>One field: its type, what it is set to, its name, and whether null would be possible.</summary>
internal sealed record FrozenField(string Type, string Value, string Name = "", bool IsReference = false);
