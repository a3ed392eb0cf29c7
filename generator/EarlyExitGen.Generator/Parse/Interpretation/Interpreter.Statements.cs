using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Statements.</content>
internal sealed partial class Interpreter
{
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
}
