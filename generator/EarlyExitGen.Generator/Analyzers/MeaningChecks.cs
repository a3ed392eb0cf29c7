using System.Globalization;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Networks that compile and run, but don't do what their author wants.</summary>
internal static class MeaningChecks
{
    private static readonly string[] Probabilities = ["Softmax", "LogSoftmax", "Softmax2d", "Softmin"];
    private static readonly string[] ProbabilityFunctions = ["softmax", "log_softmax", "softmin"];

    public static void Check(AnalyzedNetwork network)
    {
        foreach (AnalyzedPart exit in network.Exits) CheckHead(network, exit);
        foreach (AnalyzedPart part in network.Stages.Concat(network.Exits)) CheckAttention(network, part);
        CheckCosts(network);
        CheckNeighbours(network);
    }

    private static void CheckHead(AnalyzedNetwork network, AnalyzedPart exit)
    {
        // Dropout does nothing at inference; what stands before it gives the logits.
        int last = exit.Syntax.Layers.Count - 1;
        while (last > 0 && exit.Lowered.Steps[last].Layer.Operation is Identity) last--;
        LayerSyntax layer = exit.Syntax.Layers[last];
        string name = exit.Syntax.Symbol.Name;
        if (layer.Call is { } call && Probabilities.Contains(call.TargetMethod.Name)
            && call.TargetMethod.ContainingType.FullName() == KnownNames.Factories)
        {
            network.Declaration.Report(Rules.HeadEndsInSoftmax, layer.Where.GetLocation(), name, layer.Name);
        }
        else if (FinalSoftmax(exit.Syntax.Symbol, network.Declaration.Source) is { } function)
        {
            network.Declaration.Report(Rules.HeadEndsInSoftmax, function.GetLocation(), name, FunctionName(function) ?? "");
        }
        else if (Dropout(exit, last) is { } dropout)
        {
            network.Declaration.Report(Rules.DroppedLogits, dropout.Where.GetLocation(), name, dropout.Name);
        }
        else if (exit.Lowered.Steps[last].Layer.Operation is BatchNorm)
        {
            network.Declaration.Report(Rules.NormOnLogits, layer.Where.GetLocation(), name, layer.Name);
        }
    }

    private static void CheckAttention(AnalyzedNetwork network, AnalyzedPart part)
    {
        foreach (LayerSyntax layer in part.Syntax.Layers)
        {
            if (layer.Obstacle is not { What: SequenceOrder.BatchComesFirst, Where: var where }) continue;
            network.Declaration.Report(Rules.AttentionOverBatch, where.GetLocation(), OneLine.Of(where));
        }
    }

    /// <summary>A dropout after the last layer that does anything.</summary>
    private static LayerSyntax? Dropout(AnalyzedPart exit, int last) => exit.Syntax.Layers
        .Skip(last + 1)
        .FirstOrDefault(layer => layer.Factory?.StartsWith("Dropout", StringComparison.Ordinal) == true);

    /// <summary>The call of a softmax whose result a head method returns.</summary>
    private static InvocationExpressionSyntax? FinalSoftmax(ISymbol symbol, SourceReader source)
    {
        if (symbol is not IMethodSymbol) return null;
        if (source.Read(symbol.DeclaringSyntaxReferences[0]) is not MethodDeclarationSyntax method) return null;

        IEnumerable<ExpressionSyntax?> results = method.ExpressionBody is { } arrow
            ? [arrow.Expression]
            : method.DescendantNodes(node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                .OfType<ReturnStatementSyntax>()
                .Select(statement => statement.Expression);
        return results.OfType<InvocationExpressionSyntax>().FirstOrDefault(call => ProbabilityFunctions.Contains(FunctionName(call)));
    }

    private static string? FunctionName(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText,
        MemberAccessExpressionSyntax access when access.IsKind(SyntaxKind.SimpleMemberAccessExpression) =>
            access.Name.Identifier.ValueText,
        _ => null,
    };

    // An input that leaves at an exit saves every later stage and head. A head that costs more than that can never pay.
    private static void CheckCosts(AnalyzedNetwork network)
    {
        for (int exit = 0; exit < network.Exits.Count - 1; exit++)
        {
            int own = network.Model.Exits[exit].Stage;
            long? saved = network.Stages.Skip(own + 1).Concat(network.Exits.Skip(exit + 1))
                .Aggregate((long?)0, (sum, part) => sum + part.Lowered.Macs);
            if (network.Exits[exit].Lowered.Macs is not { } cost || saved is not { } most || cost <= most) continue;
            network.Declaration.Report(
                Rules.ExitCannotPay,
                Locations.Of(network.Exits[exit].Syntax.Symbol),
                network.Model.Exits[exit].Member.Name,
                Count(cost),
                Count(most));
        }
    }

    private static void CheckNeighbours(AnalyzedNetwork network)
    {
        for (int exit = 1; exit < network.Exits.Count; exit++)
        {
            ExitModel before = network.Model.Exits[exit - 1];
            ExitModel after = network.Model.Exits[exit];
            if (before.Stage != after.Stage || before.Rule is null || before.Rule != after.Rule) continue;
            if (!before.Layers.Select(Kind).SequenceEqual(after.Layers.Select(Kind))) continue;
            network.Declaration.Report(
                Rules.IdenticalNeighbours, Locations.Of(network.Exits[exit].Syntax.Symbol), after.Member.Name, before.Member.Name);
        }
    }

    // Two heads that are ordinary calls are called by their own names, and so never alike.
    private static Operation Kind(LayerModel layer) => layer.Operation;

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
