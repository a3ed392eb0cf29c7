using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Calls: of the user's own methods, whose bodies run in turn, and of those that the compiler knows.</content>
internal sealed partial class Interpreter
{
    private SymbolicValue Invoke(IInvocationOperation call)
    {
        IMethodSymbol method = call.TargetMethod;
        if (method.MethodKind == MethodKind.DelegateInvoke) return Fail(call, "a call of a delegate");
        if (method.MethodKind == MethodKind.LocalFunction)
        {
            return CallMethod(call, method, new Frame(frame.This, frame), EvaluateArguments(call.Arguments));
        }

        if (call.Instance is null) return InvokeStatic(call, method);

        SymbolicValue instance = Evaluate(call.Instance);
        return instance switch
        {
            TensorValue tensor => InvokeTensorMethod(call, tensor),
            OwnedTensorValue tensor => InvokeOwnedTensorMethod(call, tensor),
            ScopeValue => instance,
            ListValue list when method is { Name: "Add", Parameters.Length: 1 } => AddTo(list, call),
            ModuleValue module when IsOurs(method.ContainingType.ContainingNamespace) => InvokeModuleMethod(call, module),

            // In a build the analyzer sees the generator's own.
            ObjectValue { Source: null } network when method is { Name: "RegisterComponents", Parameters.IsEmpty: true } => InvokeModuleMethod(call, network),
            ObjectValue target when Implementation(method, target, call.Instance) is { } implementation =>
                CallMethod(call, implementation, new Frame(target), EvaluateArguments(call.Arguments)),
            ObjectValue => Fail(call, "a method that a derived class can override, or without a body here"),
            _ => instance.Obstacle is { } obstacle ? Fail(obstacle) : Fail(call, $"a call of '{method.Name}', which it can't compile"),
        };
    }

    private SymbolicValue InvokeStatic(IInvocationOperation call, IMethodSymbol method)
    {
        string container = method.ContainingType.FullName();
        if (container == KnownNames.Factories) return CreateLayer(call);
        if (IsOurs(method.ContainingType.ContainingNamespace) || container.StartsWith(KnownNames.Torch, StringComparison.Ordinal))
        {
            return InvokeTorchFunction(call);
        }

        if (container == "System.Math") return InvokeMath(call);
        return CallStatic(call, method, EvaluateArguments(call.Arguments));
    }

    private SymbolicValue CallStatic(IOperation call, IMethodSymbol method, IReadOnlyList<SymbolicValue> arguments)
    {
        Dictionary<ISymbol, SymbolicValue> byParameter = new(SymbolEqualityComparer.Default);
        for (int index = 0; index < arguments.Count; index++) byParameter[method.OriginalDefinition.Parameters[index]] = arguments[index];
        return CallStatic(call, method, byParameter);
    }

    private SymbolicValue CallStatic(IOperation call, IMethodSymbol method, Dictionary<ISymbol, SymbolicValue> arguments) =>
        method.IsAbstract || method.IsVirtual
            ? Fail(call, "a static method of an interface")
            : CallMethod(call, method, new Frame(instance: null), arguments);

    /// <summary>The method that runs when another is called on an object; null when that can't be told.</summary>
    private static IMethodSymbol? Implementation(IMethodSymbol called, ObjectValue target, IOperation through)
    {
        if (through is IInstanceReferenceOperation { Syntax: BaseExpressionSyntax }) return called;
        if (called.ContainingType.TypeKind == TypeKind.Interface)
        {
            called = target.Type.FindImplementationForInterfaceMember(called) as IMethodSymbol ?? called;
        }

        if (called is { IsVirtual: false, IsOverride: false, IsAbstract: false }) return called;

        // The network's own class may have others that derive from it; a block was made by an expression that names its class.
        for (INamedTypeSymbol? type = target.Type; type is not null; type = type.BaseType)
        {
            foreach (IMethodSymbol candidate in type.GetMembers(called.Name).OfType<IMethodSymbol>())
            {
                if (!Overrides(candidate, called)) continue;
                bool isExact = target.Source is IObjectCreationOperation || target.Type.IsSealed || candidate.IsSealed;
                return isExact ? candidate : null;
            }
        }

        return null;
    }

    private static bool Overrides(IMethodSymbol candidate, IMethodSymbol called)
    {
        for (IMethodSymbol? method = candidate; method is not null; method = method.OverriddenMethod)
        {
            if (SymbolEqualityComparer.Default.Equals(method.OriginalDefinition, called.OriginalDefinition)) return true;
        }

        return false;
    }

    private SymbolicValue CallMethod(IOperation call, IMethodSymbol method, Frame inner, Dictionary<ISymbol, SymbolicValue> arguments)
    {
        if (Failure is { } failure) return new UnknownValue(failure);
        if (method.IsAsync || method.IsPartialDefinition || method.RefKind != RefKind.None || method.Parameters.Any(p => p.RefKind != RefKind.None))
        {
            return Fail(call, "a method with reference parameters, or that is asynchronous or partial");
        }

        if (method.DeclaringSyntaxReferences is not [var reference]) return Fail(call, $"a call of '{method.Name}', whose source it can't see");
        return source.Bind(source.Read(reference)) is { } body
            ? CallBody(call, method, body, inner, arguments)
            : Fail(call, $"a call of '{method.Name}', which has no body");
    }

    private SymbolicValue CallBody(
        IOperation call, IMethodSymbol method, IOperation body, Frame inner, Dictionary<ISymbol, SymbolicValue> arguments)
    {
        if (depth >= MaximumDepth) return Fail(call, $"calls nested deeper than {MaximumDepth}");
        foreach (KeyValuePair<ISymbol, SymbolicValue> argument in arguments) inner.Write(argument.Key, argument.Value);
        return InFrame(inner, () =>
        {
            IOperation? block = body switch
            {
                IMethodBodyOperation both => both.BlockBody ?? both.ExpressionBody,
                ILocalFunctionOperation local => local.Body,
                _ => body,
            };
            if (block is IBlockOperation) Execute(block);
            else if (block is not null) inner.Result = Evaluate(block);
            if (Failure is { } failure) return new UnknownValue(failure);
            return inner.Result ?? (method.ReturnsVoid ? ConstantValue.Null : Unknown(call));
        });
    }

    private Dictionary<ISymbol, SymbolicValue> EvaluateArguments(IEnumerable<IArgumentOperation> arguments)
    {
        Dictionary<ISymbol, SymbolicValue> values = new(SymbolEqualityComparer.Default);
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter is { } parameter) values[parameter.OriginalDefinition] = Evaluate(argument.Value);
        }

        return values;
    }

    private ConstantValue AddTo(ListValue list, IInvocationOperation call)
    {
        list.Items.Add(Evaluate(call.Arguments[0].Value));
        return ConstantValue.Null;
    }

    private SymbolicValue InvokeMath(IInvocationOperation call)
    {
        object?[] arguments = [.. call.Arguments.Select(argument => (Evaluate(argument.Value) as ConstantValue)?.Value)];
        object? result = (call.TargetMethod.Name, arguments) switch
        {
            ("Max", [{ } a, { } b]) => Arithmetic.Binary(BinaryOperatorKind.GreaterThan, a, b) is true ? a : b,
            ("Min", [{ } a, { } b]) => Arithmetic.Binary(BinaryOperatorKind.LessThan, a, b) is true ? a : b,
            ("Sqrt", [{ } a]) when Arithmetic.ToDouble(a) is { } number => Math.Sqrt(number),
            ("Abs", [int number and not int.MinValue]) => Math.Abs(number),
            ("Pow", [double a, double b]) => Math.Pow(a, b),
            ("Ceiling", [double a]) => Math.Ceiling(a),
            ("Floor", [double a]) => Math.Floor(a),
            _ => null,
        };
        return result is null ? Unknown(call) : new ConstantValue(result);
    }
}
