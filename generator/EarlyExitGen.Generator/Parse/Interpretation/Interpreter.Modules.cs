using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Modules: how they are made, registered and run.</content>
internal sealed partial class Interpreter
{
    /// <summary>The module that a call of a <c>torch.nn</c> factory makes.</summary>
    private SymbolicValue CreateLayer(IInvocationOperation call)
    {
        switch (call.TargetMethod.Name)
        {
            case "Sequential":
                return CreateSequential(call);
            case "ModuleList":
                return CreateContainer(call, ContainerKind.ModuleList, call.Arguments);
            case "ParameterList":
                return CreateContainer(call, ContainerKind.ParameterList, call.Arguments);
            case "ParameterDict":
                return CreateContainer(call, ContainerKind.ParameterDict, call.Arguments);
            case "Parameter":
                return CreateParameter(call, call.Arguments);
            default:
                ArgumentReader arguments = Arguments(call);
                if (AttentionReader.Read(call, arguments) is { } attention) return attention;
                (Operation? operation, Obstacle? why) = LayerReader.Read(call, arguments);
                return call.Type.DerivesFrom(KnownNames.Module)
                    ? new LayerValue(call, operation, why)
                    : Fail(call, $"a call of '{call.TargetMethod.Name}', which it can't compile");
        }
    }

    private SymbolicValue InvokeModuleMethod(IInvocationOperation call, ModuleValue module)
    {
        switch (call.TargetMethod.Name)
        {
            case "call" or "forward":
                // Named arguments come in any order.
                (int Place, SymbolicValue Value)[] given =
                    [.. call.Arguments.Select(argument => (argument.Parameter?.Ordinal ?? 0, Evaluate(argument.Value)))];
                return Apply(module, call, [.. given.OrderBy(argument => argument.Place).Select(argument => argument.Value)]);
            case "RegisterComponents" when OwnMembers is { } members && module == frame.This:
                if (module.Source is null) SeeTensors((ObjectValue)module);
                else RegisterMembers((ObjectValue)module, members);
                return ConstantValue.Null;
            case "register_module" or "register_parameter" or "register_buffer" when frame.IsConstructor && module is ObjectValue owner:
                return Register(owner, call);
            case "append" or "Add" when frame.IsConstructor && module is ContainerValue container:
                return Append(container, call);
            case "ContainsKey" when module is ContainerValue { Kind: ContainerKind.ParameterDict } dictionary && call.Arguments is [var key]
                && Evaluate(key.Value) is ConstantValue { Value: string name }:
                return new ConstantValue(dictionary.Modules.Exists(entry => entry.Name == name));
            case "keys" or "values" when module is ContainerValue { Kind: ContainerKind.ParameterDict } dictionary:
                return dictionary.Side(names: call.TargetMethod.Name == "keys");

            // At inference a module is in evaluation mode, whatever its code asks for.
            case "eval" or "train":
                return module;
            default:
                return Fail(call, $"a call of '{call.TargetMethod.Name}' on a module");
        }
    }

    // A buffer that is not kept is in no state dictionary, and TorchSharp does not list it; its name is taken all the same.
    private ConstantValue Register(ObjectValue owner, IInvocationOperation call)
    {
        SymbolicValue[] arguments = [.. Arguments(call).InOrder];
        if (arguments is [_, ContainerValue container, ..]) container.Close();
        bool isKept = arguments is [_, _] or [_, _, ConstantValue { Value: true }];
        if (arguments is [ConstantValue { Value: string name }, var module, ..] && !name.Contains('.'))
        {
            owner.Registered.Add((name, isKept ? module : Unknown(call)));
        }

        return ConstantValue.Null;
    }

    // As TorchSharp does it by reflection: every field, under its own name or that of its attribute, unless the name is taken.
    private static void RegisterMembers(ObjectValue instance, Dictionary<ISymbol, SymbolicValue> members)
    {
        HashSet<string> names = [.. instance.Registered.Select(entry => entry.Name)];
        for (INamedTypeSymbol? type = instance.Type; type is not null; type = type.BaseType)
        {
            foreach (IFieldSymbol field in type.OriginalDefinition.GetMembers().OfType<IFieldSymbol>())
            {
                ISymbol key = field.AssociatedSymbol ?? field;
                if (field.IsStatic || !members.TryGetValue(key, out SymbolicValue? value)) continue;
                if (OwnedTensorOf(field, value) is { } tensor) value = members[key] = tensor;
                (value as ContainerValue)?.Close();
                if (value is not (ModuleValue or OwnedTensorValue)) continue;
                string name = ComponentName(field);
                if (!name.Contains('.') && names.Add(name)) instance.Registered.Add((name, value));
            }
        }
    }

    private static string ComponentName(IFieldSymbol field) => field.GetAttributes()
        .Where(attribute => attribute.AttributeClass?.Name == "ComponentNameAttribute")
        .SelectMany(attribute => attribute.NamedArguments)
        .Where(argument => argument.Key == "Name")
        .Select(argument => argument.Value.Value as string)
        .FirstOrDefault() ?? field.Name;

    /// <summary>Runs a module. One that can't be compiled becomes an ordinary call if TorchSharp can find and run it.</summary>
    private SymbolicValue Apply(ModuleValue module, IOperation where, IReadOnlyList<SymbolicValue> arguments)
    {
        if (Failure is not null || trace is null) return Unknown(where);
        int mark = trace.Count;
        int undo = overwritten.Count;
        ModuleValue? block = trace.Block;
        SymbolicValue result = ApplyCompiled(module, where, arguments);
        if (Failure is not { } why || module.Path is not { } path || arguments is not [TensorValue input] || !IsTensorModule(module)) return result;

        RollBack(mark, undo);
        trace.Block = block;
        Failure = null;
        IOperation origin = module.Source ?? where;
        return RunOrdinary(path, OneLine.Of(origin.Syntax), origin, input, why);
    }

    private static bool IsTensorModule(ModuleValue module) => module switch
    {
        ObjectValue instance => instance.Type.IsTensorModule(),
        LayerValue layer => layer.Call.Type.IsTensorModule(),
        ContainerValue container => container.Runs,
        _ => false,
    };

    private SymbolicValue ApplyCompiled(ModuleValue module, IOperation where, IReadOnlyList<SymbolicValue> arguments)
    {
        switch (module)
        {
            case LayerValue { Operation: null } layer:
                return Fail(layer.Why!);
            case LayerValue { Operation: { } operation } layer when arguments is [TensorValue input]:
                return layer.Path is null && HasWeights(operation)
                    ? Fail(layer.Call, "a module that nothing registers")
                    : Run(layer.Call, layer.Path ?? "", operation, layer.Call, input);
            case ContainerValue { Runs: true } sequential when arguments is [TensorValue input]:
                return ApplySequential(sequential, where, input);
            case AttentionValue attention:
                return ApplyAttention(attention, where, arguments);
            case EncoderValue encoder:
                return ApplyEncoder(encoder, where, arguments);
            case ObjectValue instance when Forward(instance) is { } forward:
                return ApplyBlock(instance, forward, where, arguments);
            default:
                return FailOnOperand(where, arguments);
        }
    }

    private SymbolicValue ApplySequential(ContainerValue sequential, IOperation where, TensorValue input)
    {
        SymbolicValue features = input;
        foreach ((string name, SymbolicValue module) in sequential.Modules)
        {
            if (features is not TensorValue tensor) return features;
            if (module is ModuleValue known)
            {
                features = Apply(known, where, [tensor]);
            }
            else if (sequential.Path is { } path && module.Obstacle is { } why)
            {
                features = RunOrdinary($"{path}.{name}", OneLine.Of(why.Where), where, tensor, why);
            }
            else
            {
                return Fail(module.Obstacle ?? new Obstacle(where.Syntax, "something that is no module"));
            }
        }

        return features == input && sequential.Modules.Count == 0
            ? Run(where, sequential.Path ?? "", new Identity("Sequential()", Argument: null), call: null, input)
            : features;
    }

    /// <summary>The method that runs when a block is called; null when it has none that takes what modules take.</summary>
    private static IMethodSymbol? Forward(ObjectValue instance)
    {
        for (INamedTypeSymbol? type = instance.Type; type is not null; type = type.BaseType)
        {
            IMethodSymbol? forward = type.OriginalDefinition.GetMembers("forward").OfType<IMethodSymbol>()
                .FirstOrDefault(method => method.IsOverride && !method.DeclaringSyntaxReferences.IsEmpty);
            if (forward is not null) return forward;
        }

        return null;
    }

    private SymbolicValue ApplyBlock(ObjectValue instance, IMethodSymbol forward, IOperation where, IReadOnlyList<SymbolicValue> arguments)
    {
        if (forward.Parameters.Length != arguments.Count) return Fail(where, "a block with another number of inputs");
        Dictionary<ISymbol, SymbolicValue> values = new(SymbolEqualityComparer.Default);
        for (int index = 0; index < arguments.Count; index++) values[forward.Parameters[index]] = arguments[index];

        return InBlock(instance, () => CallMethod(where, forward, new Frame(instance), values));
    }

    /// <summary>Runs the layers of one module. Readers know the outermost; what is inside it is its own business.</summary>
    private SymbolicValue InBlock(ModuleValue module, Func<SymbolicValue> run)
    {
        ModuleValue? outer = trace!.Block;
        trace.Block ??= module;
        SymbolicValue result = run();
        trace.Block = outer;
        return result;
    }

    private UnknownValue FailOnOperand(IOperation where, IReadOnlyList<SymbolicValue> operands) =>
        Fail(operands.Select(operand => operand.Obstacle).FirstOrDefault(obstacle => obstacle is not null)
            ?? new Obstacle(where.Syntax, operands.Any(operand => operand is OwnedTensorValue)
                ? "a parameter that goes through a module by itself"
                : "a call of a module that it can't compile"));

    private static bool HasWeights(Operation operation) => operation
        is Convolution or TransposedConvolution or Linear or BatchNorm or Embedding or PReLU or LayerNorm { Affine: true } or GroupNorm { Affine: true };

    private static UnknownValue Unknown(IOperation operation, string what) => new(new Obstacle(operation.Syntax, what));
}
