using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// A tensor that the network owns, a parameter or a buffer, or what the user's code makes of such tensors alone. It is the same for every
/// row of a batch, and its shape counts no batch.
/// </summary>
/// <param name="shape">Null when the source has no constant for it.</param>
/// <param name="isTrained">Whether it is a parameter.</param>
/// <param name="type">What its elements are; null when the source does not tell.</param>
/// <param name="operation">What makes it of the operands, in the dimensions of layers: as if a batch stood before its own.</param>
/// <param name="operands">Empty for a tensor of the network's own.</param>
internal sealed class OwnedTensorValue(
    TensorShape? shape,
    bool isTrained = false,
    ElementType? type = ElementType.Float32,
    Operation? operation = null,
    params IReadOnlyList<OwnedTensorValue> operands) : SymbolicValue
{
    public TensorShape? Shape => shape;

    public bool IsTrained => isTrained;

    public ElementType? Type => type;

    public Operation? Operation => operation;

    public IReadOnlyList<OwnedTensorValue> Operands => operands;

    /// <summary>Its name in the state dictionary; null while nothing has registered it.</summary>
    public string? Path { get; private set; }

    /// <summary>Gives it its name. It keeps the first that it gets.</summary>
    public void Register(string path) => Path ??= path;

    /// <summary>The shape with dimensions of size 1 in front, as libtorch aligns tensors; null when it has more dimensions already.</summary>
    public static TensorShape? Aligned(TensorShape shape, int rank) => shape.Rank <= rank
        ? new TensorShape([.. Enumerable.Repeat(1L, rank - shape.Rank), .. shape.Dimensions])
        : null;
}
