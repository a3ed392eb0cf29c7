using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>A module that the user's code has made.</summary>
/// <param name="source">The expression that made it; null for the network itself.</param>
internal abstract class ModuleValue(IOperation? source) : SymbolicValue
{
    public IOperation? Source => source;

    /// <summary>Its name in the state dictionary; null while nothing has registered it.</summary>
    public string? Path { get; private set; }

    /// <summary>What the author calls it: <c>BasicBlock(16, 32, stride: 2)</c>.</summary>
    public virtual string Text => Source is null ? "" : OneLine.Of(Source.Syntax);

    /// <summary>The modules, parameters and buffers registered in it, by name.</summary>
    public abstract IEnumerable<(string Name, SymbolicValue Module)> Children { get; }

    /// <summary>Gives it and everything in it their names. A module keeps the first that it gets.</summary>
    public void Register(string path)
    {
        if (Path is not null) return;
        Path = path;
        foreach ((string name, SymbolicValue child) in Children) Register(child, $"{path}.{name}");
    }

    /// <summary>Gives a module or a tensor its name.</summary>
    public static void Register(SymbolicValue child, string path)
    {
        (child as ModuleValue)?.Register(path);
        (child as OwnedTensorValue)?.Register(path);
    }
}

/// <summary>A layer of <c>torch.nn</c>.</summary>
/// <param name="operation">What it computes; null when the compiler does not know the layer.</param>
/// <param name="why">Why it does not know it.</param>
internal sealed class LayerValue(IInvocationOperation source, Operation? operation, Obstacle? why) : ModuleValue(source)
{
    public IInvocationOperation Call => source;

    public Operation? Operation => operation;

    public Obstacle? Why => why;

    public override IEnumerable<(string Name, SymbolicValue Module)> Children => [];
}

/// <summary>Modules or parameters in order, each under a name.</summary>
internal sealed class ContainerValue(IOperation source, ContainerKind kind) : ModuleValue(source)
{
    private int? closedAt;

    public ContainerKind Kind => kind;

    /// <summary>Whether it can be called, as a Sequential can.</summary>
    public bool Runs => kind == ContainerKind.Sequential;

    public List<(string Name, SymbolicValue Module)> Modules { get; } = [];

    /// <summary>What an enumeration gives: of a dictionary, the pairs of name and parameter.</summary>
    public List<SymbolicValue> Items => [.. Modules.Select((_, index) => this[index])];

    public override IEnumerable<(string Name, SymbolicValue Module)> Children => Modules.Take(closedAt ?? Modules.Count);

    public SymbolicValue this[int index] => kind == ContainerKind.ParameterDict
        ? new ListValue([new ConstantValue(Modules[index].Name), Modules[index].Module])
        : Modules[index].Module;

    /// <summary>The names or the parameters of a dictionary.</summary>
    public ListValue Side(bool names) => new([.. Modules.Select(entry => names ? new ConstantValue(entry.Name) : entry.Module)]);

    /// <summary>Notes that it is registered. TorchSharp then registers what is in it, and nothing that these two get later.</summary>
    public void Close()
    {
        if (kind is ContainerKind.ModuleList or ContainerKind.ParameterDict) closedAt ??= Modules.Count;
    }
}

/// <summary>The modules of TorchSharp that hold others.</summary>
internal enum ContainerKind
{
    Sequential,
    ModuleList,
    ParameterList,
    ParameterDict,
}

/// <summary>An instance of a class in the user's source: the network itself, or a block of the user's own.</summary>
internal sealed class ObjectValue(IOperation? source, INamedTypeSymbol type) : ModuleValue(source)
{
    public INamedTypeSymbol Type => type;

    /// <summary>What its fields, automatic properties and captured constructor parameters hold.</summary>
    public Dictionary<ISymbol, SymbolicValue> Members { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>What it has registered, in order.</summary>
    public List<(string Name, SymbolicValue Module)> Registered { get; } = [];

    public override IEnumerable<(string Name, SymbolicValue Module)> Children => Registered;

    public override string Text => Source?.Syntax is BaseObjectCreationExpressionSyntax { ArgumentList: { } arguments }
        ? type.Name + OneLine.Of(arguments)
        : type.Name;
}
