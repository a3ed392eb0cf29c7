using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <content>The way in: a network's stages and heads, one at a time, in order.</content>
internal sealed partial class Interpreter
{
    private ObjectValue? network;
    private TensorValue[] extras = [];

    /// <summary>Makes the network, once: what its members hold, and the names under which its modules are registered.</summary>
    /// <param name="registrations">The members that it registers, in order.</param>
    public void Build(INamedTypeSymbol type, EquatableArray<RegistrationModel> registrations)
    {
        network = CreateNetwork(type);
        HashSet<string> names = new(registrations.Select(registration => registration.Name), StringComparer.Ordinal);
        foreach (KeyValuePair<ISymbol, SymbolicValue> member in network.Members)
        {
            bool isRegistered = names.Contains(member.Key.Name) && (member.Value is not OwnedTensorValue tensor || seenTensors.Contains(tensor));
            if (isRegistered) ModuleValue.Register(member.Value, member.Key.Name);
        }

        foreach ((string name, SymbolicValue tensor) in network.Registered) (tensor as OwnedTensorValue)?.Register(name);
    }

    /// <summary>The layers of a stage or head, or one ordinary call of all of it.</summary>
    /// <param name="input">The shape of what it receives; null when unknown.</param>
    /// <param name="extraInputs">All extra inputs of the network.</param>
    /// <param name="syntax">Takes where each layer stands; null when nobody asks.</param>
    public PartReading Read(
        ISymbol symbol, MemberModel member, TensorShape? input, EquatableArray<ExtraInputModel> extraInputs, List<LayerSyntax>? syntax)
    {
        LayerTrace layers = new(syntax);
        TensorValue features = LayerTrace.Input(input);
        (trace, partInput, frame, steps, Failure) = (layers, features.Storage, new Frame(network), 0, null);
        overwritten.Clear();
        extras = [.. member.ExtraInputs.Select(index => LayerTrace.Input(extraInputs[index], index))];

        SyntaxNode declaration = source.Read(symbol.DeclaringSyntaxReferences[0]);
        SymbolicValue result = symbol is IMethodSymbol method ? CallMember(method, features) : RunMember(symbol, declaration, features);
        trace = null;
        if (Failure is null && result is TensorValue { IsSequenceFirst: false } output && output.Version == output.Storage.Version)
        {
            return new PartReading(layers.Finish(output, declaration), output.Shape);
        }

        Obstacle obstacle = Failure ?? result.Obstacle ?? new Obstacle(
            declaration, result is TensorValue { IsSequenceFirst: true } ? "a result whose batch comes second" : "something that gives no tensor");
        syntax?.Clear();
        syntax?.Add(new LayerSyntax(obstacle.Where, Call: null, obstacle));
        return new PartReading([new LayerModel(member.Name, new MemberCall(member), [0, .. extras.Select(extra => extra.Number)])], Output: null);
    }

    private SymbolicValue CallMember(IMethodSymbol method, TensorValue features)
    {
        // A derived class that overrides it changes what the stage does.
        if ((method.IsVirtual || method.IsOverride || method.IsAbstract) && !method.IsSealed && !method.ContainingType.IsSealed)
        {
            SyntaxNode declaration = source.Read(method.DeclaringSyntaxReferences[0]);
            return Fail(new Obstacle(declaration, "a method that a derived class can override"));
        }

        Dictionary<ISymbol, SymbolicValue> arguments = new(SymbolEqualityComparer.Default) { [method.Parameters[0]] = features };
        for (int index = 0; index < extras.Length; index++) arguments[method.Parameters[index + 1]] = extras[index];
        return source.Bind(source.Read(method.DeclaringSyntaxReferences[0])) is { } body
            ? CallBody(body, method, body, new Frame(method.IsStatic ? null : network), arguments)
            : Fail(new Obstacle(source.Read(method.DeclaringSyntaxReferences[0]), "a method without a body"));
    }

    private SymbolicValue RunMember(ISymbol symbol, SyntaxNode declaration, TensorValue features)
    {
        if (symbol.IsStatic) return Fail(new Obstacle(declaration, "a static member, which nothing registers"));
        if (FindReplacement(symbol) is { } replaced) return Fail(replaced);
        SymbolicValue value = symbol is IPropertySymbol property && Getter(property) is { } getter
            ? CallBody(getter, property.GetMethod!, getter, new Frame(network), new(SymbolEqualityComparer.Default))
            : network!.Members.TryGetValue(symbol, out SymbolicValue? held) ? held : ConstantValue.Null;
        return value switch
        {
            ModuleValue { Source: { } origin } module => ApplyCompiled(module, origin, [features]),
            ModuleValue => Fail(new Obstacle(declaration, "the network itself, which would run without end")),
            ConstantValue => Fail(new Obstacle(declaration, "a member that nothing assigns")),
            _ => Fail(value.Obstacle ?? new Obstacle(declaration, "something that is no module")),
        };
    }
}

/// <summary>What the interpreter read of a stage or head.</summary>
/// <param name="Output">The shape of its result; null when unknown.</param>
internal readonly record struct PartReading(EquatableArray<LayerModel> Layers, TensorShape? Output);
