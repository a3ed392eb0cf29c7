using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Statements and assignments.</content>
internal sealed partial class Interpreter
{
    private const string NoTuple = "a deconstruction of something that is no tuple";

    /// <summary>Whether the statements after the present one don't run.</summary>
    private bool IsLeaving => Failure is not null || frame.Result is not null || frame.Loop != LoopExit.None;

    private void Execute(IEnumerable<IOperation> statements)
    {
        foreach (IOperation statement in statements)
        {
            if (IsLeaving) return;
            Execute(statement);
        }
    }

    private void Execute(IOperation? statement)
    {
        switch (statement)
        {
            case null or IEmptyOperation or ILocalFunctionOperation or ILabeledOperation { Operation: null }:
                break;
            case IBlockOperation block:
                Execute(block.Operations);
                break;
            case IExpressionStatementOperation expression:
                ExecuteExpression(expression.Operation);
                break;
            case IVariableDeclarationGroupOperation group:
                Declare(group);
                break;
            case IUsingDeclarationOperation declaration:
                Declare(declaration.DeclarationGroup);
                break;
            case IUsingOperation scope:
                Execute(scope.Resources is IVariableDeclarationGroupOperation or null ? scope.Resources : null);
                if (scope.Resources is not IVariableDeclarationGroupOperation and { } resource) Evaluate(resource);
                Execute(scope.Body);
                break;
            case IReturnOperation { ReturnedValue: { } returned }:
                frame.Result = Evaluate(returned);
                break;
            case IReturnOperation:
                frame.Result = ConstantValue.Null;
                break;
            case IConditionalOperation conditional:
                ExecuteConditional(conditional);
                break;
            case IForLoopOperation loop:
                Execute(loop.Before);
                Repeat(loop, loop.Condition, loop.Body, loop.AtLoopBottom);
                break;
            case IWhileLoopOperation { ConditionIsTop: true, ConditionIsUntil: false } loop:
                Repeat(loop, loop.Condition, loop.Body, []);
                break;
            case IForEachLoopOperation loop:
                ExecuteForEach(loop);
                break;
            case IBranchOperation { BranchKind: BranchKind.Break }:
                frame.Loop = LoopExit.Break;
                break;
            case IBranchOperation { BranchKind: BranchKind.Continue }:
                frame.Loop = LoopExit.Continue;
                break;
            case IThrowOperation:
                Fail(statement, "an exception");
                if (trace is null) frame.Result = Unknown(statement);
                break;
            default:
                Forget(statement);
                Fail(statement, "a statement that it can't compile");
                break;
        }
    }

    private void ExecuteExpression(IOperation expression)
    {
        SymbolicValue value = Evaluate(expression);

        // In a constructor it may have changed what it mentions, in a way that is not known.
        if (value is UnknownValue) Forget(expression);
    }

    private void Declare(IVariableDeclarationGroupOperation group)
    {
        foreach (IVariableDeclaratorOperation variable in group.Declarations.SelectMany(declaration => declaration.Declarators))
        {
            IVariableInitializerOperation? initializer = variable.Initializer ?? (variable.Parent as IVariableDeclarationOperation)?.Initializer;
            if (initializer is not null) frame.Write(variable.Symbol, Evaluate(initializer.Value));
        }
    }

    private void ExecuteConditional(IConditionalOperation conditional)
    {
        switch (Condition(conditional.Condition))
        {
            case true:
                Execute(conditional.WhenTrue);
                break;
            case false:
                Execute(conditional.WhenFalse);
                break;
            default:
                Forget(conditional);
                Undecided(conditional.Condition);
                break;
        }
    }

    private void Repeat(IOperation loop, IOperation? condition, IOperation body, IEnumerable<IOperation> next)
    {
        while (Failure is null)
        {
            bool? goesOn = condition is null ? true : Condition(condition);
            if (goesOn == false) return;
            if (goesOn is null || steps > MaximumSteps)
            {
                Forget(loop);
                Fail(condition ?? loop, "a loop whose turns it can't count");
                return;
            }

            steps++;
            Execute(body);
            if (!EndsTurn()) return;
            foreach (IOperation statement in next) Execute(statement);
        }
    }

    private void ExecuteForEach(IForEachLoopOperation loop)
    {
        ILocalSymbol? variable = (loop.LoopControlVariable as IVariableDeclaratorOperation)?.Symbol;
        ITupleOperation? parts = TupleOf(loop.LoopControlVariable);
        if ((variable is null && parts is null) || Items(Evaluate(loop.Collection)) is not { } items)
        {
            Forget(loop);
            Fail(loop.Collection, "a loop over something that it can't count");
            return;
        }

        foreach (SymbolicValue item in items)
        {
            if (variable is not null)
            {
                frame.Write(variable, item);
            }
            else if (!Deconstruct(parts!, item))
            {
                Forget(loop);
                Fail(loop.LoopControlVariable, NoTuple);
                return;
            }

            Execute(loop.Body);
            if (!EndsTurn()) return;
        }
    }

    /// <summary>Whether the loop goes on after a turn.</summary>
    private bool EndsTurn()
    {
        LoopExit exit = frame.Loop;
        frame.Loop = LoopExit.None;
        return exit != LoopExit.Break && frame.Result is null && Failure is null;
    }

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
