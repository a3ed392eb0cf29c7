using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>One call that is under way: its variables, and the object that it was made on.</summary>
/// <param name="instance">The object; null for a static method.</param>
/// <param name="outer">The call around a local function, whose variables it sees; null for a method.</param>
internal sealed class Frame(SymbolicValue? instance, Frame? outer = null)
{
    private readonly Dictionary<ISymbol, SymbolicValue> variables = new(SymbolEqualityComparer.Default);

    /// <summary>No call at all.</summary>
    public static Frame Outermost => new(instance: null);

    public SymbolicValue? This => instance;

    /// <summary>Whether it is a constructor of <see cref="This"/>, which alone may assign members.</summary>
    public bool IsConstructor { get; set; }

    /// <summary>What the call returns; null until it has.</summary>
    public SymbolicValue? Result { get; set; }

    /// <summary>Where a loop stands: its body may ask to leave it, or to begin the next turn.</summary>
    public LoopExit Loop { get; set; }

    public SymbolicValue? Read(ISymbol variable) =>
        variables.TryGetValue(variable, out SymbolicValue? value) ? value : outer?.Read(variable);

    public void Write(ISymbol variable, SymbolicValue value)
    {
        if (outer?.Read(variable) is not null) outer.Write(variable, value);
        else variables[variable] = value;
    }
}

/// <summary>What a loop's body asked for.</summary>
internal enum LoopExit
{
    None,
    Continue,
    Break,
}
