using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Runs the user's code on what is known when the network is built: constructors make modules, <c>forward</c> and stage methods run them
/// on a tensor that stands for any batch, and every layer that runs is written down. So a loop over blocks, a conditional shortcut or a
/// factory of the author's own leaves no trace but its layers.
/// </summary>
/// <remarks>
/// What the interpreter does not understand becomes an <see cref="UnknownValue"/>. That is harmless until something needs the value.
/// Code that could have an effect which no layer shows (an unknown call, a branch on the data) is a <see cref="Failure"/>: then the
/// innermost module that TorchSharp itself can run stays an ordinary call, and otherwise the whole part does.
/// </remarks>
internal sealed partial class Interpreter(SourceReader source)
{
    // Recursion and loops must end even on source that is made to break them.
    private const int MaximumDepth = 48;
    private const int MaximumSteps = 100_000;
    private const int MaximumNesting = 256;

    private readonly List<(TensorValue Variable, int Number, int Version)> overwritten = [];

    // What stands before each ?. that is being evaluated.
    private readonly Stack<SymbolicValue> accessed = new();
    private LayerTrace? trace;
    private Frame frame = Frame.Outermost;
    private int depth;
    private int nesting;
    private int steps;

    /// <summary>The construct that can't be compiled; null while there is none.</summary>
    private Obstacle? Failure { get; set; }

    /// <summary>What an expression's value is.</summary>
    private SymbolicValue Evaluate(IOperation operation)
    {
        if (Failure is { } failure) return new UnknownValue(failure);
        if (++steps > MaximumSteps) return Fail(operation, $"code that runs longer than {MaximumSteps} steps");
        if (operation.ConstantValue is { HasValue: true, Value: var constant }) return new ConstantValue(constant);
        if (nesting >= MaximumNesting) return Fail(operation, $"code nested deeper than {MaximumNesting}");
        source.Cancellation.ThrowIfCancellationRequested();
        nesting++;
        SymbolicValue value = EvaluateKnown(operation);
        nesting--;
        return value;
    }

    private SymbolicValue EvaluateKnown(IOperation operation) => operation switch
    {
        IParenthesizedOperation parenthesized => Evaluate(parenthesized.Operand),
        IConversionOperation conversion => EvaluateConversion(conversion),
        IInstanceReferenceOperation => frame.This ?? Unknown(operation),
        ILocalReferenceOperation local => frame.Read(local.Local) ?? Unknown(operation),
        IParameterReferenceOperation parameter => ReadParameter(parameter),
        IMemberReferenceOperation member and (IFieldReferenceOperation or IPropertyReferenceOperation) => ReadMember(member),
        IArrayElementReferenceOperation { Indices: [var index] } element =>
            Index(operation, Evaluate(element.ArrayReference), Evaluate(index)),
        IBinaryOperation binary => EvaluateBinary(binary),
        IUnaryOperation unary => EvaluateUnary(unary),
        IConditionalOperation { WhenFalse: { } otherwise } conditional => Condition(conditional.Condition) switch
        {
            true => Evaluate(conditional.WhenTrue),
            false => Evaluate(otherwise),
            null => Undecided(conditional.Condition),
        },
        ICoalesceOperation coalesce => Evaluate(coalesce.Value) switch
        {
            ConstantValue { Value: null } => Evaluate(coalesce.WhenNull),
            var value => value,
        },
        IConditionalAccessOperation access => EvaluateConditionalAccess(access),
        IConditionalAccessInstanceOperation when accessed.Count > 0 => accessed.Peek(),
        IIsPatternOperation pattern => EvaluatePattern(pattern),
        IIsTypeOperation or ITypeOfOperation => Unknown(operation),
        ITupleOperation tuple => new ListValue([.. tuple.Elements.Select(Evaluate)]),
        IArrayCreationOperation array => EvaluateArray(array),
        ICollectionExpressionOperation collection => EvaluateCollection(collection),
        IInterpolatedStringOperation text => EvaluateText(text),
        IDefaultValueOperation { Type: { } type } when type.IsReferenceType || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T =>
            ConstantValue.Null,
        IInvocationOperation call => Invoke(call),
        IObjectCreationOperation creation => Create(creation),
        ISimpleAssignmentOperation assignment => Assign(assignment.Target, Evaluate(assignment.Value)),
        IDeconstructionAssignmentOperation deconstruction => Deconstruct(deconstruction),
        ICompoundAssignmentOperation compound => AssignCompound(compound),
        IIncrementOrDecrementOperation increment => Increment(increment),
        _ => Fail(operation, Describe(operation)),
    };

    private static UnknownValue Unknown(IOperation operation) => new(new Obstacle(operation.Syntax, "a value that is no constant"));

    private UnknownValue Undecided(IOperation condition)
    {
        Obstacle obstacle = new(condition.Syntax, "a condition that is no constant");
        if (trace is not null) Failure ??= obstacle;
        return new UnknownValue(obstacle);
    }

    // A constructor may do what it likes besides making modules; code that runs layers may not, since it would be lost.
    private UnknownValue Fail(IOperation where, string what) => Fail(new Obstacle(where.Syntax, what));

    private UnknownValue Fail(Obstacle obstacle)
    {
        if (trace is not null) Failure ??= obstacle;
        return new UnknownValue(obstacle);
    }

    private static string Describe(IOperation operation) => operation.Kind switch
    {
        OperationKind.AnonymousFunction or OperationKind.DelegateCreation => "a lambda",
        OperationKind.Await => "an await",
        OperationKind.DynamicInvocation or OperationKind.DynamicMemberReference => "a dynamic call",
        OperationKind.Invalid => "code with an error",
        OperationKind.SwitchExpression => "a switch",
        _ => "an expression that it can't compile",
    };

    /// <summary>The value of a condition; null when it is no constant.</summary>
    private bool? Condition(IOperation condition) => Evaluate(condition) is ConstantValue { Value: bool value } ? value : null;

    private SymbolicValue EvaluateConversion(IConversionOperation conversion)
    {
        SymbolicValue value = Evaluate(conversion.Operand);
        if (value is not ConstantValue { Value: not null } constant || conversion.OperatorMethod is not null) return value;
        return Arithmetic.Convert(constant.Value, conversion.Type) is { } converted ? new ConstantValue(converted) : Unknown(conversion);
    }

    private SymbolicValue ReadParameter(IParameterReferenceOperation reference)
    {
        if (frame.Read(reference.Parameter) is { } local) return local;
        return frame.This is ObjectValue instance && instance.Members.TryGetValue(reference.Parameter, out SymbolicValue? captured)
            ? captured
            : Unknown(reference);
    }

    private SymbolicValue Index(IOperation where, SymbolicValue target, SymbolicValue index)
    {
        if (target is ContainerValue { Kind: ContainerKind.ParameterDict } dictionary && index is ConstantValue { Value: string name })
        {
            SymbolicValue? found = dictionary.Modules.Find(entry => entry.Name == name).Module;
            return found ?? Unknown(where);
        }

        if (index is not ConstantValue { Value: { } boxed } || Arithmetic.ToLong(boxed) is not { } number) return Unknown(where);
        switch (target)
        {
            case ListValue list when number >= 0 && number < list.Items.Count:
                return list.Items[(int)number];
            case ContainerValue container when number >= 0 && number < container.Modules.Count:
                return container[(int)number];
            case ShapeValue when number == 0:
                return BatchSizeValue.Instance;
            case ShapeValue { Sample: { } sample }:
                long axis = number < 0 ? number + sample.Rank : number - 1;
                if (number == -sample.Rank - 1) return BatchSizeValue.Instance;
                return axis >= 0 && axis < sample.Rank ? new ConstantValue(sample.Dimensions[(int)axis]) : Unknown(where);
            default:
                return target.Obstacle is { } obstacle ? new UnknownValue(obstacle) : Unknown(where);
        }
    }

    private SymbolicValue EvaluateBinary(IBinaryOperation binary)
    {
        SymbolicValue left = Evaluate(binary.LeftOperand);

        // Short circuits: the right side may only make sense when the left one holds.
        if (left is ConstantValue { Value: bool decided })
        {
            if (binary.OperatorKind == BinaryOperatorKind.ConditionalAnd) return decided ? Evaluate(binary.RightOperand) : left;
            if (binary.OperatorKind == BinaryOperatorKind.ConditionalOr) return decided ? left : Evaluate(binary.RightOperand);
        }

        SymbolicValue right = Evaluate(binary.RightOperand);
        if (left is TensorValue || right is TensorValue) return Combine(binary, left, right);
        if (IsNullComparison(binary, left, right) is { } isNull) return new ConstantValue(isNull);
        if (left is OwnedTensorValue || right is OwnedTensorValue) return Combine(binary, left, right);
        if (left is ConstantValue { Value: { } a } && right is ConstantValue { Value: { } b })
        {
            return Arithmetic.Binary(binary.OperatorKind, a, b) is { } result ? new ConstantValue(result) : Unknown(binary);
        }

        if (binary.OperatorMethod is { MethodKind: MethodKind.UserDefinedOperator } operation) return CallStatic(binary, operation, [left, right]);
        return Unknown(binary);
    }

    /// <summary>The result of a comparison with null; null when that can't be told.</summary>
    private static bool? IsNullComparison(IBinaryOperation binary, SymbolicValue left, SymbolicValue right)
    {
        if (binary.OperatorKind is not (BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals)) return null;
        bool leftIsNull = left is ConstantValue { Value: null };
        bool rightIsNull = right is ConstantValue { Value: null };
        if (!leftIsNull && !rightIsNull) return null;
        if (left is UnknownValue || right is UnknownValue) return null;
        return (leftIsNull && rightIsNull) == (binary.OperatorKind == BinaryOperatorKind.Equals);
    }

    private SymbolicValue EvaluateUnary(IUnaryOperation unary)
    {
        SymbolicValue operand = Evaluate(unary.Operand);
        return operand switch
        {
            TensorValue or OwnedTensorValue when unary.OperatorKind == UnaryOperatorKind.Minus =>
                Compute(unary, new ScalarArithmetic(ElementwiseKind.Multiply, -1), operand),
            TensorValue or OwnedTensorValue when unary.OperatorKind == UnaryOperatorKind.BitwiseNegation => Not(unary, operand),
            ConstantValue { Value: { } value } => Arithmetic.Unary(unary.OperatorKind, value) is { } result
                ? new ConstantValue(result)
                : Unknown(unary),
            TensorValue or OwnedTensorValue => Fail(unary, "an operator that it can't compile"),
            _ => operand.Obstacle is null ? Unknown(unary) : operand,
        };
    }

    private SymbolicValue EvaluateConditionalAccess(IConditionalAccessOperation access)
    {
        SymbolicValue instance = Evaluate(access.Operation);
        if (instance is UnknownValue or ConstantValue { Value: null }) return instance;
        accessed.Push(instance);
        SymbolicValue result = Evaluate(access.WhenNotNull);
        accessed.Pop();
        return result;
    }

    private SymbolicValue EvaluatePattern(IIsPatternOperation operation)
    {
        SymbolicValue value = Evaluate(operation.Value);
        if (value is UnknownValue) return value;
        return Matches(operation.Pattern, value) is { } matches ? new ConstantValue(matches) : Unknown(operation);
    }

    private bool? Matches(IPatternOperation pattern, SymbolicValue value)
    {
        switch (pattern)
        {
            case IConstantPatternOperation constant when Evaluate(constant.Value) is ConstantValue expected:
                if (value is ConstantValue actual) return Equals(expected.Value, actual.Value);
                return expected.Value is null ? false : null;
            case INegatedPatternOperation negated:
                return !Matches(negated.Pattern, value);
            case IDiscardPatternOperation:
                return true;

            // { } and { } name: anything but null.
            case IRecursivePatternOperation { DeconstructionSubpatterns.IsEmpty: true, PropertySubpatterns.IsEmpty: true } recursive
                when SymbolEqualityComparer.Default.Equals(recursive.MatchedType, pattern.InputType):
                if (recursive.DeclaredSymbol is { } name) frame.Write(name, value);
                return value is not ConstantValue { Value: null };
            default:
                return null;
        }
    }

    private SymbolicValue EvaluateArray(IArrayCreationOperation array)
    {
        if (array.Initializer is { } initializer) return new ListValue([.. initializer.ElementValues.Select(Evaluate)]);
        return array.DimensionSizes is [var size] && Evaluate(size) is ConstantValue { Value: int and >= 0 and <= MaximumSteps and var count }
            ? new ListValue([.. Enumerable.Repeat<SymbolicValue>(Unknown(array), count)])
            : Unknown(array);
    }

    private SymbolicValue EvaluateCollection(ICollectionExpressionOperation collection)
    {
        List<SymbolicValue> items = [];
        foreach (IOperation element in collection.Elements)
        {
            if (element is not ISpreadOperation spread)
            {
                items.Add(Evaluate(element));
            }
            else if (Items(Evaluate(spread.Operand)) is { } more)
            {
                items.AddRange(more);
            }
            else
            {
                return Unknown(spread);
            }
        }

        return new ListValue(items);
    }

    /// <summary>What a collection holds, in order; null for what is none.</summary>
    private static List<SymbolicValue>? Items(SymbolicValue value) => value switch
    {
        ListValue list => list.Items,
        ContainerValue container => container.Items,
        _ => null,
    };

    private SymbolicValue EvaluateText(IInterpolatedStringOperation text)
    {
        System.Text.StringBuilder result = new();
        foreach (IInterpolatedStringContentOperation part in text.Parts)
        {
            SymbolicValue value = part switch
            {
                IInterpolatedStringTextOperation literal => Evaluate(literal.Text),
                IInterpolationOperation { FormatString: null, Alignment: null } hole => Evaluate(hole.Expression),
                _ => Unknown(part),
            };
            if (value is not ConstantValue { Value: string or int or long or char or bool } constant) return Unknown(text);
            result.Append(Convert.ToString(constant.Value, System.Globalization.CultureInfo.InvariantCulture));
        }

        return new ConstantValue(result.ToString());
    }
}
