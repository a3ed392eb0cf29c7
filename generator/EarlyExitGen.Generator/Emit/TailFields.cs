using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>The fields of the Torch pipeline that say what else its layers do: one for each kind of tail.</summary>
internal sealed class TailFields(NameAllocator names, TypeNames types)
{
    private readonly Dictionary<string, string> nameByValue = new(StringComparer.Ordinal);
    private readonly List<string> declarations = [];

    /// <summary>The declarations, in the order in which the tails came.</summary>
    public IReadOnlyList<string> Declarations => declarations;

    /// <summary>A layer's tail as a further argument; nothing when it has none.</summary>
    public string Argument(Step layer) => layer.Tail.Count == 0 ? "" : $", {nameByValue[Value(layer)]}";

    /// <summary>Gives a layer's tail a name, unless it has one.</summary>
    public void Add(Step layer)
    {
        string value = Value(layer);
        if (layer.Tail.Count == 0 || nameByValue.ContainsKey(value)) return;
        string name = names.Allocate("Then" + string.Concat(layer.Tail.Select(Name)));
        nameByValue.Add(value, name);
        declarations.Add($"private static readonly {types["LayerTail"]} {name} = new {types["LayerTail"]}(){value};");
    }

    private static string Value(Step layer) => string.Concat(layer.Tail.Select(step => $".{Name(step)}({Arguments(step)})"));

    private static string Name(Step step) => step.Layer.Operation switch
    {
        MaxPool => "MaxPool2d",
        Elementwise => "Add",
        Activation activation => activation.Kind.ToString(),
        _ => throw new InvalidOperationException($"{step.Layer.Operation.GetType().Name} is no part of a tail."),
    };

    private static string Arguments(Step step) => step.Layer.Operation is MaxPool pool
        ? $"kernel: {Literals.Of(pool.Kernel)}, stride: {Literals.Of(pool.Stride)}, padding: {Literals.Of(pool.Padding)}, "
            + $"dilation: {Literals.Of(pool.Dilation)}, ceilMode: {Literals.Of(pool.CeilMode)}"
        : "";
}
