using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Assignments, and what is no longer known after code that did not run.</content>
internal sealed partial class Interpreter
{
    private const string NoTuple = "a deconstruction of something that is no tuple";

    private SymbolicValue Assign(IOperation target, SymbolicValue value)
    {
        switch (target)
        {
            case ILocalReferenceOperation local:
                frame.Write(local.Local, value);
                return value;
            case IParameterReferenceOperation parameter when frame.Read(parameter.Parameter) is not null:
                frame.Write(parameter.Parameter, value);
                return value;
            case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field when OwnMembers is { } members:
                members[field.Field.OriginalDefinition] = value;
                return value;
            case IPropertyReferenceOperation { Instance: IInstanceReferenceOperation } property when OwnMembers is { } members:
                members[property.Property.OriginalDefinition] = value;
                return value;
            case IDeclarationExpressionOperation { Expression: ILocalReferenceOperation declared }:
                frame.Write(declared.Local, value);
                return value;
            case IDiscardOperation:
                return value;
            case IArrayElementReferenceOperation { Indices: [var index] } element
                when Evaluate(element.ArrayReference) is ListValue list
                && Evaluate(index) is ConstantValue { Value: int and >= 0 and var place }
                && place < list.Items.Count:
                list.Items[place] = value;
                return value;
            default:
                Forget(target);
                return Fail(target, "an assignment to something that outlives the call");
        }
    }

    /// <summary>The members that the present constructor may assign; null outside of one.</summary>
    private Dictionary<ISymbol, SymbolicValue>? OwnMembers => frame is { IsConstructor: true, This: ObjectValue instance } ? instance.Members : null;

    private SymbolicValue Deconstruct(IDeconstructionAssignmentOperation deconstruction)
    {
        SymbolicValue value = Evaluate(deconstruction.Value);
        if (TupleOf(deconstruction.Target) is { } tuple && Deconstruct(tuple, value)) return value;
        Forget(deconstruction);
        return Fail(deconstruction, NoTuple);
    }

    /// <summary>Assigns the parts of a tuple; false for what is none.</summary>
    private bool Deconstruct(ITupleOperation targets, SymbolicValue value)
    {
        if (value is not ListValue values || values.Items.Count != targets.Elements.Length) return false;
        SymbolicValue[] items = [.. values.Items];
        for (int index = 0; index < items.Length; index++) Assign(targets.Elements[index], items[index]);
        return true;
    }

    private static ITupleOperation? TupleOf(IOperation target) =>
        (target is IDeclarationExpressionOperation declaration ? declaration.Expression : target) as ITupleOperation;

    private SymbolicValue AssignCompound(ICompoundAssignmentOperation compound)
    {
        SymbolicValue left = Evaluate(compound.Target);
        SymbolicValue right = Evaluate(compound.Value);
        SymbolicValue result = IsTensor(left) || IsTensor(right)
            ? Combine(compound, compound.OperatorKind, left, right)
            : (left, right) switch
            {
                (ConstantValue { Value: { } a }, ConstantValue { Value: { } b })
                    when Arithmetic.Binary(compound.OperatorKind, a, b) is { } value
                    && Arithmetic.Convert(value, compound.Target.Type) is { } converted => new ConstantValue(converted),
                _ => Unknown(compound),
            };
        return Assign(compound.Target, result);
    }

    private SymbolicValue Increment(IIncrementOrDecrementOperation increment)
    {
        SymbolicValue before = Evaluate(increment.Target);
        if (before is not ConstantValue { Value: int or long } constant)
        {
            Forget(increment);
            return Unknown(increment);
        }

        BinaryOperatorKind kind = increment.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
        SymbolicValue after = Arithmetic.Binary(kind, constant.Value, 1) is { } value ? new ConstantValue(value) : Unknown(increment);
        Assign(increment.Target, after);
        return increment.IsPostfix ? before : after;
    }

    /// <summary>Makes everything that code mentions and may have changed unknown: it did not run.</summary>
    private void Forget(IOperation code)
    {
        foreach (IOperation mention in code.DescendantsAndSelf())
        {
            switch (mention)
            {
                case ILocalReferenceOperation local when frame.Read(local.Local) is not (null or TensorValue):
                    frame.Write(local.Local, Unknown(code));
                    break;
                case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field when OwnMembers is { } members:
                    ForgetMember(members, field.Field.OriginalDefinition, mention);
                    break;
                case IPropertyReferenceOperation { Instance: IInstanceReferenceOperation } property when OwnMembers is { } members:
                    ForgetMember(members, property.Property.OriginalDefinition, mention);
                    break;
            }
        }
    }

    // A constant that is only read stays what it is; a module or a list may be changed through any mention.
    private static void ForgetMember(Dictionary<ISymbol, SymbolicValue> members, ISymbol member, IOperation mention)
    {
        bool isAssigned = mention.Parent is IAssignmentOperation assignment && assignment.Target == mention;
        bool isConstant = members.TryGetValue(member, out SymbolicValue? value) && value is ConstantValue { Value: not null };
        bool isReferred = mention.Parent is IArgumentOperation { Parameter.RefKind: not RefKind.None } or IIncrementOrDecrementOperation;
        if (isAssigned || isReferred || !isConstant) members[member] = Unknown(mention);
    }
}
