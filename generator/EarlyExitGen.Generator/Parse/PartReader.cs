using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Reads the initialiser of a stage or head into layers. A module inside a Sequential that is not understood becomes an ordinary call on
/// that module; an initialiser that is not understood at all, an ordinary call of the member.
/// </summary>
internal sealed class PartReader
{
    private const int MaximumDepth = 64;

    private readonly ImmutableArray<LayerModel>.Builder layers = ImmutableArray.CreateBuilder<LayerModel>();
    private readonly List<LayerSyntax>? syntax;
    private Obstacle? obstacle;

    private PartReader(List<LayerSyntax>? syntax) => this.syntax = syntax;

    /// <summary>The layers of a member with this initialiser.</summary>
    /// <param name="syntax">Takes where each layer stands, or null when nobody asks.</param>
    public static EquatableArray<LayerModel> Read(MemberModel member, IOperation initializer, List<LayerSyntax>? syntax)
    {
        PartReader reader = new(syntax);
        return reader.TryReadModule(ArgumentReader.Unwrap(initializer), member.Name, depth: 0)
            ? new EquatableArray<LayerModel>(reader.layers.ToImmutable())
            : Call(member, reader.obstacle ?? new Obstacle(initializer.Syntax, "something else than torch.nn factory calls"), syntax);
    }

    /// <summary>The one layer of a member that stays an ordinary call.</summary>
    public static EquatableArray<LayerModel> Call(MemberModel member, Obstacle obstacle, List<LayerSyntax>? syntax)
    {
        syntax?.Clear();
        syntax?.Add(new LayerSyntax(obstacle.Where, Call: null, obstacle));
        return [new LayerModel(member.Name, new MemberCall(member), [0])];
    }

    private bool TryReadModule(IOperation operation, string path, int depth)
    {
        // Deeper than anybody writes by hand: recursion must end even on source that is made to break it.
        if (depth > MaximumDepth) return Stop(operation, $"a nesting deeper than {MaximumDepth}");
        if (operation is not IInvocationOperation call || call.TargetMethod.ContainingType?.FullName() != KnownNames.Factories)
        {
            return Stop(operation, "something else than torch.nn factory calls");
        }

        if (call.TargetMethod.Name == "Sequential") return TryReadSequential(call, path, depth);

        (Operation? layer, obstacle) = LayerReader.Read(call);
        if (layer is null) return false;
        Append(path, layer, call);
        return true;
    }

    private bool TryReadSequential(IInvocationOperation call, string path, int depth)
    {
        if (call.Arguments.Length == 0)
        {
            Append(path, new Identity("Sequential()", Argument: null), call);
            return true;
        }

        if (call.Arguments.Length != 1 || ArgumentReader.Elements(call.Arguments[0].Value) is not { } elements)
        {
            return Stop(call, "a Sequential whose modules are not written out");
        }

        List<(string Name, IOperation Module)> modules = [];
        foreach (IOperation element in elements)
        {
            IOperation module = ArgumentReader.Unwrap(element);
            string? name = modules.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (module is ITupleOperation { Elements: [var first, var second] })
            {
                name = ArgumentReader.Unwrap(first).ConstantValue is { HasValue: true, Value: string text } ? text : null;
                module = ArgumentReader.Unwrap(second);
            }
            else if (!module.Type.IsTensorModule())
            {
                return Stop(module, "something that is no module");
            }

            // A name with a dot, or used twice, has no place of its own in the state dictionary.
            if (name is null or "" || name.Contains('.') || modules.Exists(earlier => earlier.Name == name))
            {
                return Stop(element, "a name that has no place of its own in the state dictionary");
            }

            modules.Add((name, module));
        }

        if (modules.Count == 0) Append(path, new Identity("Sequential()", Argument: null), call);
        foreach ((string name, IOperation module) in modules)
        {
            string childPath = $"{path}.{name}";
            if (TryReadModule(module, childPath, depth + 1)) continue;

            Append(childPath, new ModuleCall(OneLine.Of(module.Syntax)), module, obstacle);
        }

        return true;
    }

    // A chain: each layer reads the result of the one before it.
    private void Append(string path, Operation operation, IOperation source, Obstacle? why = null)
    {
        layers.Add(new LayerModel(path, operation, [layers.Count]));
        syntax?.Add(new LayerSyntax(source.Syntax, source as IInvocationOperation, why));
    }

    private bool Stop(IOperation where, string what)
    {
        obstacle = new Obstacle(where.Syntax, what);
        return false;
    }
}
