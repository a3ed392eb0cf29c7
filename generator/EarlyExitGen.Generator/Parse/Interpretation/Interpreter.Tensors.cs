using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Operations on tensors: each becomes a layer.</content>
internal sealed partial class Interpreter
{
    private const string WritesOverExtra = "code that writes over an extra input, which is the caller's";

    private TensorStorage? partInput;

    private SymbolicValue Run(IOperation where, Operation operation, params TensorValue[] inputs) => Run(where, "", operation, call: null, inputs);

    private SymbolicValue Run(IOperation where, string path, Operation operation, IInvocationOperation? call, params TensorValue[] inputs)
    {
        if (Failure is not null || trace is null) return Unknown(where);
        if (trace.IsFull) return Fail(where, "more layers than any real network has");
        if (inputs.Any(input => input.Version != input.Storage.Version)) return Fail(where, "a tensor that an earlier line writes over");
        if (operation is Activation { InPlace: true } && inputs[0].Storage.IsExtraInput) return Fail(where, WritesOverExtra);
        if (ElementTypes.Misfit(operation, [.. inputs.Select(input => input.Storage.Type)]) is { } misfit) return Fail(where, misfit);
        bool isSequenceFirst = false;
        if (Array.Exists(inputs, input => input.IsSequenceFirst))
        {
            if (SequenceOrder.OnBatchFirst(operation, inputs) is not var (onBatchFirst, keepsOrder)) return Fail(where, SequenceOrder.BatchComesSecond);
            (operation, isSequenceFirst) = (onBatchFirst, keepsOrder);
        }

        if (operation is Activation { InPlace: true } && inputs[0].Storage.IsOwned) return Fail(where, OverwritesOwned);
        TensorValue result = trace.Add(path, operation, inputs, where.Syntax, call).InOrder(isSequenceFirst);
        return operation is Activation { InPlace: true } ? Overwrite(inputs[0], result) : result;
    }

    /// <summary>Runs an operation of which the user's code says that it overwrites its first input.</summary>
    private SymbolicValue RunInPlace(IOperation where, Operation operation, params TensorValue[] inputs)
    {
        if (inputs[0].Storage.IsOwned) return Fail(where, OverwritesOwned);

        // Later stages, or the caller, would see it.
        if (inputs[0].Storage == partInput) return Fail(where, "code that writes over what it receives");
        if (inputs[0].Storage.IsExtraInput) return Fail(where, WritesOverExtra);
        return Run(where, operation, inputs) is TensorValue result ? Overwrite(inputs[0], result) : Unknown(where);
    }

    private SymbolicValue RunOrdinary(string path, string text, IOperation where, TensorValue input, Obstacle why)
    {
        if (input.Version != input.Storage.Version) return Fail(where, "a tensor that an earlier line writes over");
        if (input.IsSequenceFirst) return Fail(why);

        // It could write to the caller's tensor; an ordinary call of the whole part gets a copy.
        if (input.Storage.IsExtraInput) return Fail(why);
        return trace!.Add(path, new ModuleCall(text), [input], where.Syntax, where as IInvocationOperation, why);
    }

    private TensorValue Overwrite(TensorValue variable, TensorValue result)
    {
        overwritten.Add((variable, variable.Number, variable.Version));
        variable.Storage.Version++;
        variable.Version = variable.Storage.Version;
        variable.Number = result.Number;
        return variable;
    }

    /// <summary>Forgets the layers after the first <paramref name="layers"/>, and what they wrote over.</summary>
    private void RollBack(int layers, int undo)
    {
        trace!.RollBack(layers);
        for (int index = overwritten.Count - 1; index >= undo; index--)
        {
            (TensorValue variable, int number, int version) = overwritten[index];
            (variable.Number, variable.Version, variable.Storage.Version) = (number, version, version);
        }

        overwritten.RemoveRange(undo, overwritten.Count - undo);
    }

    private SymbolicValue Combine(IBinaryOperation binary, SymbolicValue left, SymbolicValue right) =>
        Combine(binary, binary.OperatorKind, left, right);

    private SymbolicValue Combine(IOperation where, BinaryOperatorKind kind, SymbolicValue left, SymbolicValue right) => kind switch
    {
        BinaryOperatorKind.Add => Combine(where, ElementwiseKind.Add, left, right),
        BinaryOperatorKind.Subtract => Combine(where, ElementwiseKind.Subtract, left, right),
        BinaryOperatorKind.Multiply => Combine(where, ElementwiseKind.Multiply, left, right),
        BinaryOperatorKind.Divide => Combine(where, ElementwiseKind.Divide, left, right),
        BinaryOperatorKind.And => CombineMasks(where, MaskCombination.And, left, right),
        BinaryOperatorKind.Or => CombineMasks(where, MaskCombination.Or, left, right),
        BinaryOperatorKind.ExclusiveOr => CombineMasks(where, MaskCombination.Xor, left, right),
        _ when RelationOf(kind) is { } relation => CompareWith(where, relation, left, right),
        _ => Fail(where, "an operator that it can't compile"),
    };

    private SymbolicValue Combine(IOperation where, ElementwiseKind kind, SymbolicValue left, SymbolicValue right)
    {
        double? number = ((left as ConstantValue ?? right as ConstantValue)?.Value is { } value) ? Arithmetic.ToDouble(value) : null;
        return (left, right) switch
        {
            _ when IsTensor(left) && IsTensor(right) => Compute(where, new Elementwise(kind), left, right),
            (_, ConstantValue) when IsTensor(left) && number is { } known => Compute(where, new ScalarArithmetic(kind, known), left),
            (ConstantValue, _) when IsTensor(right) && number is { } known => kind switch
            {
                ElementwiseKind.Add or ElementwiseKind.Multiply => Compute(where, new ScalarArithmetic(kind, known), right),
                ElementwiseKind.Subtract when Compute(where, new ScalarArithmetic(ElementwiseKind.Multiply, -1), right) is var negative
                    && IsTensor(negative) => Compute(where, new ScalarArithmetic(ElementwiseKind.Add, known), negative),
                _ when Compute(where, new Activation(ActivationKind.Reciprocal, Argument: 0, InPlace: false), right) is var reciprocal
                    && IsTensor(reciprocal) => Compute(where, new ScalarArithmetic(ElementwiseKind.Multiply, known), reciprocal),
                _ => Unknown(where),
            },
            _ => Fail(left.Obstacle ?? right.Obstacle ?? new Obstacle(where.Syntax, "an operand that it can't compile")),
        };
    }

    private SymbolicValue InvokeTensorMethod(IInvocationOperation call, TensorValue tensor)
    {
        // They only concern memory.
        if (call.TargetMethod.Name is "contiguous" or "alias" or "detach" or "MoveToOuterDisposeScope" or "DetachFromDisposeScope") return tensor;
        if (call.TargetMethod.Name == "Dispose") return ConstantValue.Null;
        ArgumentReader arguments = Arguments(call);
        return RunFunction(call, arguments, [tensor, .. arguments.InOrder]);
    }

    private SymbolicValue InvokeTorchFunction(IInvocationOperation call)
    {
        string name = call.TargetMethod.Name;
        if (name is "NewDisposeScope" or "no_grad" or "inference_mode" or "enable_grad" or "set_grad_enabled") return ScopeValue.Instance;
        if (trace is null) return MakeTensor(call);
        ArgumentReader arguments = Arguments(call);
        return RunFunction(call, arguments, [.. arguments.InOrder]);
    }

    /// <param name="operands">The tensor that a method is called on, then the arguments in order.</param>
    private SymbolicValue RunFunction(IInvocationOperation call, ArgumentReader arguments, SymbolicValue[] operands)
    {
        if (Failure is { } failure) return new UnknownValue(failure);
        string name = call.TargetMethod.Name;
        if (RunMaskFunction(call, name, operands) is { } masked) return masked;
        switch (name, operands)
        {
            case ("size", [TensorValue { IsSequenceFirst: false } tensor, ConstantValue]):
                return Index(call, new ShapeValue(tensor.Shape), operands[1]);
            case ("transpose" or "swapaxes" or "permute", [TensorValue tensor, ..]) when SequenceOrder.Swaps(name, arguments, tensor):
                return tensor.InOrder(!tensor.IsSequenceFirst);
            case ("dim", [TensorValue { Shape: { } shape }]):
                return new ConstantValue((long)shape.Rank + 1);
            case ("add" or "sub" or "mul" or "div" or "subtract" or "multiply" or "divide", [_, _]):
                return Combine(call, TensorFunctions.Elementwise(name), operands[0], operands[1]);
            case ("add_" or "sub_" or "mul_" or "div_", [TensorValue target, TensorValue other]):
                return RunInPlace(call, new Elementwise(TensorFunctions.Elementwise(name.TrimEnd('_'))), target, other);
            case ("add_" or "sub_" or "mul_" or "div_", [TensorValue target, OwnedTensorValue other]):
                return Beside(call, other, target) is { } added
                    ? RunInPlace(call, new Elementwise(TensorFunctions.Elementwise(name.TrimEnd('_'))), target, added)
                    : Unknown(call);
            case ("add_" or "sub_" or "mul_" or "div_", [TensorValue target, ConstantValue { Value: { } value }])
                when Arithmetic.ToDouble(value) is { } number:
                return RunInPlace(call, new ScalarArithmetic(TensorFunctions.Elementwise(name.TrimEnd('_')), number), target);
            case ("relu_" or "relu6_" or "sigmoid_" or "tanh_" or "silu_" or "selu_" or "hardswish_" or "hardsigmoid_" or "abs_" or "clamp_"
                or "exp_" or "log_" or "neg_" or "pow_" or "reciprocal_" or "rsqrt_" or "sqrt_", [TensorValue target, ..])
                when TensorFunctions.Read(name.TrimEnd('_'), arguments, target.Shape) is { } written:
                return arguments.IsUnderstood ? RunInPlace(call, written, target) : FailOn(arguments, call);
            case ("cat" or "concat" or "stack", [_, ..]) when arguments.Find("tensors") is ListValue { Items: { Count: > 0 } items }
                && items.TrueForAll(IsTensor):
                long dimension = arguments.Long("dim");
                if (!arguments.IsUnderstood) return FailOn(arguments, call);
                return name == "stack" ? Stack(call, dimension, items) : Join(call, dimension, items);
            case ("linear", [TensorValue features, OwnedTensorValue weight, OwnedTensorValue or ConstantValue { Value: null }]):
                return MultiplyByOwned(call, features, weight, operands[2] as OwnedTensorValue);
            case ("matmul" or "bmm", [TensorValue left, TensorValue right]):
                return Run(call, new Matmul(), left, right);
            case ("matmul", [var left, var right]) when IsTensor(left) && IsTensor(right):
                return Compute(call, new Matmul(), left, right);
            case ("scaled_dot_product_attention", [TensorValue query, TensorValue key, TensorValue value, ..])
                when arguments.IsNull("attn_mask") && arguments.Double("p", 0) == 0:
                return Run(call, new Attention(arguments.Bool("is_casual", false)), query, key, value);
            case ("scaled_dot_product_attention", [TensorValue query, TensorValue key, TensorValue value, var mask, ..])
                when IsTensor(mask) && arguments.Double("p", 0) == 0 && !arguments.Bool("is_casual", false):
                return Compute(call, new Attention(Causal: false), query, key, value, mask);
            case ("to" or "to_type", [var tensor, ConstantValue { Value: { } number }, ..])
                when IsTensor(tensor) && arguments.Find("type") == operands[1] && call.Arguments.Count(argument => !argument.IsImplicit) == 1
                && ConvertTo(call, ElementTypes.OfNumber(number), tensor) is { } converted:
                return converted;
            case ("chunk", [TensorValue tensor, ..]):
                return Chunk(call, arguments, tensor);
            case ("slice", [TensorValue or OwnedTensorValue, ..]):
                return Slice(call, arguments, operands[0]);
            case (_, [OwnedTensorValue tensor, ..]):
                return RunOwnedFunction(call, arguments, tensor);
            case (_, [TensorValue tensor, ..]) when TensorFunctions.Read(name, arguments, tensor.Shape) is { } operation:
                return arguments.IsUnderstood ? Run(call, operation, tensor) : FailOn(arguments, call);
            default:
                return Fail(operands.Select(operand => operand.Obstacle).FirstOrDefault(obstacle => obstacle is not null)
                    ?? new Obstacle(call.Syntax, $"a call of '{name}', which it can't compile"));
        }
    }

    private UnknownValue FailOn(ArgumentReader arguments, IInvocationOperation call) =>
        Fail(arguments.Obstacle ?? new Obstacle(call.Syntax, "an argument that is no constant"));

    private SymbolicValue Chunk(IInvocationOperation call, ArgumentReader arguments, TensorValue tensor)
    {
        long chunks = arguments.Long("chunks");
        long dimension = arguments.Long("dim");
        if (arguments.Failed) return FailOn(arguments, call);
        if (tensor.Shape is not { } shape) return Fail(call, "a tensor of unknown shape");
        long axis = dimension < 0 ? dimension + shape.Rank : dimension - 1;
        if (axis < 0 || axis >= shape.Rank || chunks < 1) return Fail(call, "chunks of a dimension that is not there");

        long size = shape.Dimensions[(int)axis];
        long length = (size + chunks - 1) / chunks;
        List<SymbolicValue> parts = [];
        for (long start = 0; start < size; start += length)
        {
            parts.Add(Run(call, new Narrow(dimension, start, Math.Min(length, size - start)), tensor));
        }

        return new ListValue(parts);
    }

    private ArgumentReader Arguments(IInvocationOperation call)
    {
        List<ArgumentReader.Argument> arguments = [];
        foreach (IArgumentOperation argument in call.Arguments)
        {
            if (argument.Parameter is { } parameter)
            {
                arguments.Add(new ArgumentReader.Argument(parameter.Name, parameter.Type, Evaluate(argument.Value), argument));
            }
        }

        return new ArgumentReader(arguments);
    }
}
