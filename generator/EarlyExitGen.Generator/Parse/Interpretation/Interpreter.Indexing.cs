using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Parts of tensors by indexers, <c>x[.., 0]</c>, and by <c>slice</c>.</content>
internal sealed partial class Interpreter
{
    private const string PartOfBatch = "a part of the batch";

    private SymbolicValue IndexTensor(IPropertyReferenceOperation indexer, SymbolicValue tensor)
    {
        List<TensorPart> parts = [];
        foreach (IOperation index in indexer.Arguments.SelectMany(argument => Spread(argument.Value)))
        {
            if (ReadPart(index) is not { } part) return Fail(index, "an index that it can't compile");
            parts.Add(part);
        }

        int dimension = 0;
        int named = parts.Count(part => part.Kind is TensorPartKind.Range or TensorPartKind.Index);
        foreach (TensorPart part in parts)
        {
            if (part.Kind == TensorPartKind.Rest)
            {
                if (ShapeOf(tensor) is not { } shape) return Fail(indexer, "a tensor of unknown shape");
                dimension = shape.Count - named;
                continue;
            }

            if (part.Kind is TensorPartKind.Range or TensorPartKind.Index) named--;
            tensor = Take(indexer, tensor, part, dimension);
            if (!IsTensor(tensor)) return tensor;
            if (part.Kind != TensorPartKind.Index) dimension++;
        }

        return tensor;
    }

    private SymbolicValue Slice(IInvocationOperation call, ArgumentReader arguments, SymbolicValue tensor)
    {
        long dimension = arguments.Long("dim");
        TensorPart part = new(TensorPartKind.Range, arguments.Long("start"), arguments.Long("finish"));
        if (arguments.Long("step", 1) != 1) return Fail(call, "a step between the elements of a slice");
        if (arguments.Failed) return FailOn(arguments, call);
        if (ShapeOf(tensor) is not { } shape) return Fail(call, "a tensor of unknown shape");
        return Take(call, tensor, part, (int)(dimension < 0 ? dimension + shape.Count : dimension));
    }

    /// <param name="dimension">As the author counts it.</param>
    private SymbolicValue Take(IOperation where, SymbolicValue tensor, TensorPart part, int dimension)
    {
        if (part is { Kind: TensorPartKind.Range, Start: null or 0, End: null or long.MaxValue }) return tensor;
        if (tensor is TensorValue && dimension == 0) return Fail(where, PartOfBatch);
        int counted = tensor is OwnedTensorValue ? dimension + 1 : dimension;
        if (part.Kind == TensorPartKind.NewDimension) return Compute(where, new Unsqueeze(counted), tensor);
        if (part.Kind == TensorPartKind.Index) return Compute(where, new Select(counted, part.Start!.Value), tensor);
        if (ShapeOf(tensor) is not { } shape || dimension < 0 || dimension >= shape.Count) return Fail(where, "a tensor of unknown shape");

        // Beyond the ends is at the ends, and from the end where it is negative.
        long size = shape[dimension];
        long start = Clamped(part.Start ?? 0, size);
        long end = Clamped(part.End ?? size, size);
        if (end <= start) return Fail(where, "a part without elements");
        return end - start == size ? tensor : Compute(where, new Narrow(counted, start, end - start), tensor);
    }

    /// <summary>Every dimension as the author counts it, with 0 for that of the batch; null when unknown.</summary>
    private static IReadOnlyList<long>? ShapeOf(SymbolicValue tensor) => tensor switch
    {
        TensorValue { Shape: { } sample, IsSequenceFirst: false } => [0, .. sample.Dimensions],
        OwnedTensorValue { Shape: { } shape } => shape.Dimensions,
        _ => null,
    };

    private static long Clamped(long place, long size) => Math.Max(0, Math.Min(size, place < 0 ? place + size : place));

    private static ImmutableArray<IOperation> Spread(IOperation argument) => argument switch
    {
        IArrayCreationOperation { Initializer: { } items } => items.ElementValues,
        ICollectionExpressionOperation collection => collection.Elements,
        _ => [argument],
    };

    private TensorPart? ReadPart(IOperation index)
    {
        switch (index)
        {
            case IConversionOperation conversion:
                return ReadPart(conversion.Operand);
            case IRangeOperation range:
                return ReadEnd(range.LeftOperand) is { } start && ReadEnd(range.RightOperand) is { } end
                    ? new TensorPart(TensorPartKind.Range, start.Place, end.Place)
                    : null;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat }:
                return ReadEnd(index) is { Place: { } place } ? new TensorPart(TensorPartKind.Index, place) : null;
            case IFieldReferenceOperation { Field: { IsStatic: true, ContainingType.Name: "TensorIndex" } field }:
                return field.Name switch
                {
                    "Ellipsis" => new TensorPart(TensorPartKind.Rest),
                    "Colon" => new TensorPart(TensorPartKind.Range),
                    "None" or "Null" => new TensorPart(TensorPartKind.NewDimension),
                    _ => null,
                };
            case IInvocationOperation { TargetMethod: { IsStatic: true, Name: "Slice", ContainingType.Name: "TensorIndex" } } slice
                when slice.Arguments.Length == 3:
                SymbolicValue[] ends = [.. Arguments(slice).InOrder];
                return ends is [ConstantValue first, ConstantValue last, ConstantValue { Value: null or 1L or 1 }]
                    && IsNumberOrNull(first) && IsNumberOrNull(last)
                        ? new TensorPart(TensorPartKind.Range, Number(first), Number(last))
                        : null;
            case ITupleOperation:
                return null;
            default:
                return Evaluate(index) is ConstantValue { Value: { } value } && Arithmetic.ToLong(value) is { } number
                    ? new TensorPart(TensorPartKind.Index, number)
                    : null;
        }

        static bool IsNumberOrNull(ConstantValue constant) => constant.Value is null || Number(constant) is not null;

        static long? Number(ConstantValue constant) => constant.Value is { } value ? Arithmetic.ToLong(value) : null;
    }

    /// <summary>One end of a range, from the end of the dimension where it is negative; null when it is no constant.</summary>
    private RangeEnd? ReadEnd(IOperation? operand)
    {
        switch (operand)
        {
            case null:
                return new RangeEnd(null);
            case IConversionOperation conversion:
                return ReadEnd(conversion.Operand);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat } hat:
                // ^0 is the end itself.
                return ReadEnd(hat.Operand) is { Place: { } fromEnd } ? new RangeEnd(fromEnd == 0 ? null : -fromEnd) : null;
            default:
                return Evaluate(operand) is ConstantValue { Value: { } value } && Arithmetic.ToLong(value) is { } number
                    ? new RangeEnd(number)
                    : null;
        }
    }

    /// <summary>Null for an end that is left out.</summary>
    private sealed record RangeEnd(long? Place);

    /// <summary>What one index takes of a tensor.</summary>
    private sealed record TensorPart(TensorPartKind Kind, long? Start = null, long? End = null);

    private enum TensorPartKind
    {
        Range,
        Index,
        NewDimension,

        /// <summary>All dimensions that the others leave.</summary>
        Rest,
    }
}
