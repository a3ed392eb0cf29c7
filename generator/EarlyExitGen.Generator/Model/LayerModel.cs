namespace EarlyExitGen.Generator.Model;

/// <summary>
/// One operation of a stage or head, in single-assignment form: value 0 is what the part receives, value n + 1 is the result of layer
/// n, and the last layer's result is what the part returns.
/// </summary>
/// <param name="Path">The module's name in the state dictionary, for example <c>stem.0</c>.</param>
/// <param name="Inputs">The values that it reads.</param>
internal sealed record LayerModel(string Path, Operation Operation, EquatableArray<int> Inputs);
