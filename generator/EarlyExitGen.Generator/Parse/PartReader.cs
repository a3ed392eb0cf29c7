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

    private PartReader()
    {
    }

    /// <summary>The layers of a member with this initialiser.</summary>
    public static EquatableArray<LayerModel> Read(MemberModel member, IOperation? initializer)
    {
        PartReader reader = new();
        return initializer is not null && reader.TryReadModule(ArgumentReader.Unwrap(initializer), member.Name, depth: 0)
            ? new EquatableArray<LayerModel>(reader.layers.ToImmutable())
            : Call(member);
    }

    /// <summary>The one layer of a member that stays an ordinary call.</summary>
    public static EquatableArray<LayerModel> Call(MemberModel member) => [new LayerModel(member.Name, new MemberCall(member), [0])];

    private bool TryReadModule(IOperation operation, string path, int depth)
    {
        // Deeper than anybody writes by hand: recursion must end even on source that is made to break it.
        if (depth > MaximumDepth) return false;
        if (operation is not IInvocationOperation call || call.TargetMethod.ContainingType?.FullName() != KnownNames.Factories) return false;
        if (call.TargetMethod.Name == "Sequential") return TryReadSequential(call, path, depth);

        if (LayerReader.Read(call) is not { } layer) return false;
        Append(path, layer);
        return true;
    }

    private bool TryReadSequential(IInvocationOperation call, string path, int depth)
    {
        if (call.Arguments.Length == 0)
        {
            Append(path, new Identity("Sequential()", Argument: null));
            return true;
        }

        if (call.Arguments.Length != 1 || ArgumentReader.Elements(call.Arguments[0].Value) is not { } elements) return false;

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
                return false;
            }

            // A name with a dot, or used twice, has no place of its own in the state dictionary.
            if (name is null or "" || name.Contains('.') || modules.Exists(earlier => earlier.Name == name)) return false;
            modules.Add((name, module));
        }

        if (modules.Count == 0) Append(path, new Identity("Sequential()", Argument: null));
        foreach ((string name, IOperation module) in modules)
        {
            string childPath = $"{path}.{name}";
            int before = layers.Count;
            if (TryReadModule(module, childPath, depth + 1)) continue;

            layers.Count = before;
            Append(childPath, new ModuleCall(Summarize(module)));
        }

        return true;
    }

    // A chain: each layer reads the result of the one before it.
    private void Append(string path, Operation operation) => layers.Add(new LayerModel(path, operation, [layers.Count]));

    /// <summary>The source of an expression on one line, shortened.</summary>
    private static string Summarize(IOperation operation)
    {
        const int Longest = 60;
        string text = string.Join(" ", operation.Syntax.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= Longest ? text : text.Substring(0, Longest - 1) + "…";
    }
}
