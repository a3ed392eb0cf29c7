namespace EarlyExitGen.Generator.Model;

/// <summary>
/// One operation of a stage or head, in single-assignment form: value 0 is what the part receives, value n + 1 is the result of layer
/// n, and the last layer's result is what the part returns. Values below 0 are the network's <see cref="ExtraInputModel"/>s.
/// </summary>
/// <param name="Path">The module's name in the state dictionary, for example <c>stem.0</c>; empty for an operation without a module.</param>
/// <param name="Inputs">The values that it reads; none for a tensor of the network's own.</param>
/// <param name="Block">The user's own block that it is part of; null when it stands by itself.</param>
internal sealed record LayerModel(string Path, Operation Operation, EquatableArray<int> Inputs, BlockModel? Block = null)
{
    /// <summary>Whether the author has it at the beginning of everything that reads the features.</summary>
    public bool IsShared { get; init; }
}

/// <summary>A block of layers that is a class of the user's own.</summary>
/// <param name="Path">Its name in the state dictionary.</param>
/// <param name="Text">What the author calls it: <c>BasicBlock(16, 32, stride: 2)</c>.</param>
internal sealed record BlockModel(string Path, string Text);
