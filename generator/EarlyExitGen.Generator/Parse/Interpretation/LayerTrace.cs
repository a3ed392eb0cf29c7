using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>The layers that the interpreted code has run so far, in order, and where each stands in the source.</summary>
/// <param name="syntax">Takes where each layer stands; null when nobody asks.</param>
internal sealed class LayerTrace(List<LayerSyntax>? syntax)
{
    // Beyond any real network: source that is made to break the compiler must end too.
    private const int MaximumLayers = 4096;

    private readonly List<LayerModel> layers = [];

    public int Count => layers.Count;

    public bool IsFull => layers.Count >= MaximumLayers;

    /// <summary>The module of several layers that is running, a block of the user's own or an attention; null outside of any.</summary>
    public ModuleValue? Block { get; set; }

    /// <summary>The tensor that the part receives.</summary>
    public static TensorValue Input(TensorShape? shape) => new(0, shape, new TensorStorage());

    /// <summary>The value of the batch that was made last: one that tells how many rows there are.</summary>
    public TensorValue LatestOfBatch()
    {
        bool[] areOfBatch = new bool[layers.Count + 1];
        areOfBatch[0] = true;
        for (int layer = 0; layer < layers.Count; layer++) areOfBatch[layer + 1] = layers[layer].Inputs.Any(input => input < 0 || areOfBatch[input]);
        return new TensorValue(Array.LastIndexOf(areOfBatch, true), shape: null, new TensorStorage());
    }

    /// <summary>A tensor that the part receives beside it.</summary>
    public static TensorValue Input(ExtraInputModel extra, int index) =>
        new(ExtraInputModel.Number(index), new TensorShape(extra.Shape), new TensorStorage { IsExtraInput = true, Type = extra.Type });

    /// <summary>Adds a layer.</summary>
    /// <param name="source">The expression that runs it, or makes it.</param>
    /// <param name="call">The factory call with its arguments, if that is what makes it.</param>
    public TensorValue Add(
        string path,
        Operation operation,
        IReadOnlyList<TensorValue> inputs,
        SyntaxNode source,
        IInvocationOperation? call = null,
        Obstacle? why = null)
    {
        BlockModel? block = Block is null ? null : new BlockModel(Block.Path ?? "", Block.Text);
        layers.Add(new LayerModel(path, operation, new([.. inputs.Select(input => input.Number)]), block));
        syntax?.Add(new LayerSyntax(
            Block?.Source?.Syntax ?? source, Block is null ? call : null, why, call?.TargetMethod.Name));
        TensorShape? shape = ShapeRules.Infer(operation, [.. inputs.Select(input => input.Shape)]).Shape;
        return new TensorValue(layers.Count, shape, StorageOf(operation, inputs));
    }

    private static TensorStorage StorageOf(Operation operation, IReadOnlyList<TensorValue> inputs) => operation switch
    {
        { IsView: true } => inputs[0].Storage,
        Identity when inputs[0].Storage.IsExtraInput => inputs[0].Storage,
        OwnedTensor tensor => new TensorStorage { IsOwned = true, Type = tensor.Type },
        _ => new TensorStorage { Type = ElementTypes.Result(operation, [.. inputs.Select(input => input.Storage.Type)]) },
    };

    /// <summary>Forgets every layer after the first <paramref name="count"/>.</summary>
    public void RollBack(int count)
    {
        layers.RemoveRange(count, layers.Count - count);
        syntax?.RemoveRange(count, syntax.Count - count);
    }

    /// <summary>The layers, of which the last gives <paramref name="result"/>.</summary>
    public EquatableArray<LayerModel> Finish(TensorValue result, SyntaxNode source)
    {
        if (result.Number != layers.Count || layers.Count == 0) Add("", new Identity("return", Argument: null), [result], source);
        return new EquatableArray<LayerModel>([.. layers]);
    }
}
