using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Parameters and buffers: how they are made and registered, and how code that runs layers uses them.</content>
internal sealed partial class Interpreter
{
    private const string Unregistered = "a tensor that nothing registers";
    private const string OverwritesOwned = "code that writes over a parameter";

    // What a constructor makes after the registration is not among them.
    private readonly HashSet<OwnedTensorValue> seenTensors = [];

    /// <summary>What <c>new Parameter(…)</c> and <c>nn.Parameter(…)</c> make; code that runs layers would make it anew at each call.</summary>
    private SymbolicValue CreateParameter(IOperation where, IEnumerable<IArgumentOperation> arguments)
    {
        if (trace is not null) return Fail(where, Unregistered);
        SymbolicValue data = arguments.FirstOrDefault(argument => argument.Parameter?.Name == "data") is { } argument
            ? Evaluate(argument.Value)
            : Unknown(where);
        return new OwnedTensorValue((data as OwnedTensorValue)?.Shape, isTrained: true);
    }

    /// <summary>What a function of <c>torch</c> gives while the network is built.</summary>
    private SymbolicValue MakeTensor(IInvocationOperation call)
    {
        ArgumentReader arguments = Arguments(call);
        if (TensorFactories.Read(call.TargetMethod.Name, arguments) is { } made) return made;

        // A causal mask: torch.triu(full(8, 8, double.NegativeInfinity), 1).
        if (call.TargetMethod.Name is "triu" or "tril" && arguments.InOrder.FirstOrDefault() is OwnedTensorValue { Shape: { } whole })
        {
            return new OwnedTensorValue(whole, type: ElementTypes.Of(arguments.InOrder.First()));
        }

        // init.normal_(positions): the tensor that it fills.
        return arguments.InOrder.FirstOrDefault() is OwnedTensorValue first && call.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal)
            ? first
            : Unknown(call);
    }

    /// <summary>Notes the tensors and containers that the network's own registration finds in its members now.</summary>
    private void SeeTensors(ObjectValue instance)
    {
        foreach (KeyValuePair<ISymbol, SymbolicValue> member in instance.Members.ToArray())
        {
            (member.Value as ContainerValue)?.Close();
            if (OwnedTensorOf(member.Key, member.Value) is not { } tensor) continue;
            instance.Members[member.Key] = tensor;
            seenTensors.Add(tensor);
        }
    }

    /// <summary>What is registered under a member's name, if it is a tensor: of what is not understood, only that it is there.</summary>
    private static OwnedTensorValue? OwnedTensorOf(ISymbol member, SymbolicValue value)
    {
        ITypeSymbol? type = (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;
        if (value is OwnedTensorValue known) return known;

        // One that may be null may not be there at all.
        return value is UnknownValue && type is { NullableAnnotation: NullableAnnotation.NotAnnotated } && type.DerivesFrom(KnownNames.Tensor)
            ? new OwnedTensorValue(shape: null, type.Is(KnownNames.Parameter), type.Is(KnownNames.Parameter) ? ElementType.Float32 : null)
            : null;
    }

    private SymbolicValue InvokeOwnedTensorMethod(IInvocationOperation call, OwnedTensorValue tensor)
    {
        string name = call.TargetMethod.Name;
        bool isMoved = name == "to" && call.TargetMethod.Parameters is [{ Type.Name: "Device" }, ..];
        if (trace is null && (isMoved || TensorFactories.KeepsShape(name)))
        {
            ArgumentReader given = Arguments(call);
            if (name.EndsWith("_", StringComparison.Ordinal)) return tensor;
            return new OwnedTensorValue(tensor.Shape, type: isMoved ? tensor.Type : TensorFactories.ResultType(name, given, tensor.Type));
        }

        if (isMoved || name is "contiguous" or "alias" or "detach") return tensor;

        ArgumentReader arguments = Arguments(call);
        return RunFunction(call, arguments, [tensor, .. arguments.InOrder]);
    }

    private static bool IsTensor(SymbolicValue value) => value is TensorValue or OwnedTensorValue;

    /// <summary>An operation on tensors, of which some may be the network's own.</summary>
    private SymbolicValue Compute(IOperation where, Operation operation, params SymbolicValue[] inputs)
    {
        if (Failure is { } failure) return new UnknownValue(failure);
        if (Array.TrueForAll(inputs, input => input is OwnedTensorValue)) return Derive(where, operation, [.. inputs.Cast<OwnedTensorValue>()]);
        if (Array.TrueForAll(inputs, input => input is TensorValue)) return Run(where, operation, [.. inputs.Cast<TensorValue>()]);
        if (operation is not ({ AlignsInputs: true } or Matmul or Attention)) return Fail(where, "a parameter among tensors of a batch, without expand");
        TensorValue beside = inputs.OfType<TensorValue>().First();
        if (operation is Matmul && inputs is [TensorValue { Shape.Rank: 1 } rows, OwnedTensorValue { Shape.Rank: 2 } matrix])
        {
            return MultiplyRows(where, rows, matrix);
        }

        TensorValue?[] tensors = [.. inputs.Select(input => input as TensorValue ?? Beside(where, (OwnedTensorValue)input, beside))];
        return Array.TrueForAll(tensors, tensor => tensor is not null) ? Run(where, operation, tensors!) : Unknown(where);
    }

    // libtorch would take a matrix with a batch of its own for one matrix per row.
    private SymbolicValue MultiplyRows(IOperation where, TensorValue rows, OwnedTensorValue matrix) =>
        Run(where, new Unsqueeze(1), rows) is TensorValue single
        && Written(where, matrix, matrix.Shape!) is { } factor
        && Run(where, new Matmul(), single, factor) is TensorValue product
            ? Run(where, new Squeeze(1), product)
            : Unknown(where);

    /// <summary>What an operation makes of tensors of the network's own. Its dimensions count a batch that these do not have.</summary>
    private SymbolicValue Derive(IOperation where, Operation operation, OwnedTensorValue[] operands)
    {
        if (operation is Activation { InPlace: true }) return Fail(where, OverwritesOwned);
        TensorShape?[] shapes = [.. operands.Select(operand => operand.Shape)];
        if (Array.Exists(shapes, shape => shape is null)) return Fail(where, "an operation on a parameter whose shape is no constant");
        ElementType?[] types = [.. operands.Select(operand => operand.Type)];
        if (trace is not null && ElementTypes.Misfit(operation, types) is { } misfit) return Fail(where, misfit);
        if (operation.AlignsInputs) shapes = [.. shapes.Select(shape => OwnedTensorValue.Aligned(shape!, shapes.Max(other => other!.Rank)))];
        if (ShapeRules.Infer(operation, shapes).Shape is not { } result) return Fail(where, "an operation that does not fit the shape of its parameter");

        // A constructor makes another tensor, which may be registered by a name of its own.
        return trace is null
            ? new OwnedTensorValue(result, type: ElementTypes.ResultOfAny(operation, types))
            : new OwnedTensorValue(result, isTrained: false, ElementTypes.Result(operation, types), operation is Unsqueeze or Squeeze or Flatten ? new Reshape(result.Dimensions) : operation, operands);
    }

    /// <summary>A tensor of the network's own as the layers beside another see it; null once the interpreter has failed.</summary>
    private TensorValue? Beside(IOperation where, OwnedTensorValue tensor, TensorValue other)
    {
        if (tensor.Shape is not { } shape || other.Shape is not { } sample)
        {
            if (tensor.Operation is null && !other.IsSequenceFirst) return Written(where, tensor, shape: null);
            Fail(where, "a parameter beside a tensor, where the shape of one is no constant");
            return null;
        }

        if (OwnedTensorValue.Aligned(shape, sample.Rank + 1) is not { } aligned || aligned.Dimensions[other.IsSequenceFirst ? 1 : 0] != 1)
        {
            Fail(where, "a parameter with a dimension where the batch beside it has its rows");
            return null;
        }

        int batch = other.IsSequenceFirst ? 1 : 0;
        TensorShape ofSample = new([.. aligned.Dimensions.Where((_, axis) => axis != batch)]);
        return Written(where, tensor, ofSample)?.InOrder(other.IsSequenceFirst);
    }

    /// <summary>Writes down a tensor of the network's own, and what it was made by; null once the interpreter has failed.</summary>
    /// <param name="shape">The shape of one sample in which it is read; null when that is unknown.</param>
    private TensorValue? Written(IOperation where, OwnedTensorValue tensor, TensorShape? shape)
    {
        if (tensor is { Operation: Reshape, Operands: [var same] }) return Written(where, same, shape);
        if (tensor.Operation is not { } operation)
        {
            if (tensor.Path is not { } path)
            {
                Fail(where, Unregistered);
                return null;
            }

            return Run(where, path, new OwnedTensor(tensor.Shape, shape, tensor.IsTrained, tensor.Type), call: null) as TensorValue;
        }

        int highest = tensor.Operands.Max(operand => operand.Shape!.Rank);
        TensorValue?[] inputs = [.. tensor.Operands.Select(operand => Written(
            where, operand, operation.AlignsInputs ? OwnedTensorValue.Aligned(operand.Shape!, highest) : operand.Shape))];
        TensorValue? result = Layer(where, "", operation, inputs);
        return result is null || shape is null || shape == tensor.Shape ? result : Layer(where, "", new Reshape(shape.Dimensions), result);
    }

    /// <summary>A tensor of one row as every row of the batch: <c>token.expand(x.shape[0], -1, -1)</c>.</summary>
    /// <param name="sizes">As the author counts them, the batch first; null for -1 of each.</param>
    private SymbolicValue Expand(IOperation where, OwnedTensorValue tensor, IReadOnlyList<SymbolicValue> sizes)
    {
        long?[] wanted = [.. sizes.Select(size => size is ConstantValue { Value: { } value } ? Arithmetic.ToLong(value) : null)];
        if (sizes.Count < 2 || sizes[0] is not BatchSizeValue) return Fail(where, "an expand to something else than the rows of the batch");
        if (wanted.Skip(1).Any(size => size is null)) return Fail(where, "an argument that is no constant");
        EquatableArray<long> target = [.. wanted.Skip(1).Select(size => size!.Value)];

        TensorShape? own = null;
        if (tensor.Shape is { } shape)
        {
            if (OwnedTensorValue.Aligned(shape, sizes.Count) is not { } aligned || aligned.Dimensions[0] != 1)
            {
                return Fail(where, "a parameter with a dimension where the batch has its rows");
            }

            own = new TensorShape([.. aligned.Dimensions.Skip(1)]);
        }
        else if (tensor.Operation is not null)
        {
            return Fail(where, "an operation on a parameter whose shape is no constant");
        }

        return Written(where, tensor, own) is { } written
            ? Run(where, new Expand(target), written, trace!.LatestOfBatch())
            : Unknown(where);
    }

    /// <summary>A function of a tensor of the network's own, without others.</summary>
    private SymbolicValue RunOwnedFunction(IInvocationOperation call, ArgumentReader arguments, OwnedTensorValue tensor)
    {
        string name = call.TargetMethod.Name;
        switch (name)
        {
            case "size" when tensor.Shape is { } shape && arguments.Has("dim"):
                ListValue sizes = new([.. shape.Dimensions.Select(size => new ConstantValue(size))]);
                long dimension = arguments.Long("dim");
                return Index(call, sizes, new ConstantValue(dimension < 0 ? dimension + shape.Rank : dimension));
            case "dim" when tensor.Shape is { } shape:
                return new ConstantValue((long)shape.Rank);
            case "expand" or "expand_as" or "repeat" when trace is not null:
                return (arguments.Find("sizes") ?? arguments.Find("other")) switch
                {
                    ListValue list when name == "expand" => Expand(call, tensor, list.Items),

                    // Once for every row, and no dimension more often than once.
                    ListValue list when list.Items.Skip(1).All(times => times is ConstantValue { Value: 1L or 1 }) =>
                        Expand(call, tensor, [.. list.Items.Take(1), .. list.Items.Skip(1).Select(_ => new ConstantValue(-1L))]),
                    ShapeValue { Sample: { } sample } => Expand(call, tensor, SizesOf(sample)),
                    TensorValue { Shape: { } sample, IsSequenceFirst: false } => Expand(call, tensor, SizesOf(sample)),
                    _ => Fail(call, $"a call of '{name}', which it can't compile"),
                };
            case var _ when name.EndsWith("_", StringComparison.Ordinal):
                return Fail(call, OverwritesOwned);
            case var _ when OwnedFunctions.Read(name, arguments, tensor.Shape) is { } operation:
                if (!arguments.IsUnderstood) return FailOn(arguments, call);
                return operation is Identity ? tensor : Compute(call, operation, tensor);
            default:
                return Fail(call, $"a call of '{name}', which it can't compile");
        }

        static SymbolicValue[] SizesOf(TensorShape sample) =>
            [BatchSizeValue.Instance, .. sample.Dimensions.Select(size => new ConstantValue(size))];
    }
}
