using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Modules that hold others, or parameters: how they are made and what is added to them.</content>
internal sealed partial class Interpreter
{
    private const string NoName = "a name that has no place of its own in the state dictionary";

    private SymbolicValue CreateSequential(IInvocationOperation call)
    {
        ContainerValue sequential = new(call, ContainerKind.Sequential);
        if (call.Arguments.IsEmpty) return sequential;
        if (Items(Evaluate(call.Arguments[0].Value)) is not { } modules)
        {
            return Unknown(call.Arguments[0].Value, "a Sequential whose modules are not written out");
        }

        foreach (SymbolicValue item in modules)
        {
            string? name = sequential.Modules.Count.ToString(CultureInfo.InvariantCulture);
            SymbolicValue module = item;
            if (item is ListValue { Items: [var first, var second] })
            {
                name = (first as ConstantValue)?.Value as string;
                module = second;
            }

            // A name with a dot, or used twice, has no place of its own in the state dictionary.
            if (name is null or "" || name.Contains('.') || sequential.Modules.Exists(earlier => earlier.Name == name))
            {
                return Unknown(call, NoName);
            }

            sequential.Modules.Add((name, module));
        }

        return sequential;
    }

    /// <summary>A list of modules or parameters, or a dictionary of parameters.</summary>
    /// <param name="initializer">What stands in braces behind the constructor's call.</param>
    private SymbolicValue CreateContainer(
        IOperation creation,
        ContainerKind kind,
        IReadOnlyList<IArgumentOperation> arguments,
        IObjectOrCollectionInitializerOperation? initializer = null)
    {
        ContainerValue container = new(creation, kind);
        if (arguments.Count > 0)
        {
            if (Items(Evaluate(arguments[0].Value)) is not { } items) return Unknown(arguments[0].Value);
            if (!items.TrueForAll(item => Append(container, [item]))) return Unknown(creation, NoName);
        }

        foreach (IOperation entry in initializer?.Initializers ?? [])
        {
            bool isAdded = entry is IInvocationOperation { TargetMethod.Name: "Add" } add
                && Append(container, [.. add.Arguments.Select(argument => Evaluate(argument.Value))]);
            if (!isAdded) return Unknown(entry);
        }

        return container;
    }

    private SymbolicValue Append(ContainerValue container, IInvocationOperation call)
    {
        SymbolicValue[] added = [.. call.Arguments.Select(argument => Evaluate(argument.Value))];

        // append takes several.
        bool areSeveral = container.Kind != ContainerKind.ParameterDict && added is [ListValue];
        SymbolicValue[][] entries = areSeveral ? [.. ((ListValue)added[0]).Items.Select(item => new[] { item })] : [added];
        return Array.TrueForAll(entries, entry => Append(container, entry)) ? container : Unknown(call, NoName);
    }

    /// <summary>Adds a module or parameter; to a dictionary one with its name before it, or a pair of both. False for what has no place there.</summary>
    private static bool Append(ContainerValue container, SymbolicValue[] added)
    {
        if (container.Kind != ContainerKind.ParameterDict)
        {
            if (added is not [var item]) return false;
            container.Modules.Add((container.Modules.Count.ToString(CultureInfo.InvariantCulture), item));
            return true;
        }

        SymbolicValue[] parts = added is [ListValue pair] ? [.. pair.Items] : added;
        if (parts is not [ConstantValue { Value: string { Length: > 0 } name }, var parameter]) return false;

        // The second joins the names of a weight and its bias.
        if (name.IndexOfAny(['.', '&']) >= 0 || container.Modules.Exists(earlier => earlier.Name == name)) return false;
        container.Modules.Add((name, parameter));
        return true;
    }
}
