using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Emit;
using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>What the compiler can't lower, and what that costs. Never an error: the code works.</summary>
internal static class CostChecks
{
    public static void Check(AnalyzedNetwork network)
    {
        LayerSyntax? first = null;
        foreach (AnalyzedPart part in network.Parts)
        {
            foreach (LayerSyntax layer in part.Syntax.Layers)
            {
                if (layer.Obstacle is not { } obstacle) continue;
                first ??= layer;
                string subject = layer.Call is { } call ? $"{call.TargetMethod.Name} of {part.Name}" : Capitalized(part.Name);
                network.Declaration.Report(Rules.OrdinaryCall, Where(obstacle.Where), subject, obstacle.What);
            }
        }

        string? reason = first is not null
            ? $"the compiler stops at {first.Obstacle!.What}, and an ordinary call needs libtorch"
            : WhyNoCpuPipeline(network);
        if (reason is null) return;
        network.Declaration.Report(
            Rules.NoCpuPipeline, Locations.Of(network.Declaration.Type), network.Declaration.Type.Name, reason);
    }

    /// <summary>What the planner of the CPU pipeline says; null when there is one, or when a misfit of shapes is reported already.</summary>
    private static string? WhyNoCpuPipeline(AnalyzedNetwork network)
    {
        if (network.Parts.Any(part => part.Misfits.Count > 0)) return null;
        if (CpuPlanner.Run(Lowering.Run(network.Model)).Obstacle is not { } obstacle) return null;
        if (obstacle.Layer is not { } layer) return obstacle.Reason;
        string place = layer.Path.Length > 0 ? $" at '{layer.Path}'" : "";
        return $"{LayerText.Of(layer.Operation)}{place}: {obstacle.Reason}";
    }

    private static string Capitalized(string name) => char.ToUpperInvariant(name[0]) + name.Substring(1);

    // A member's name rather than all of it: a squiggle under a whole method hides what is in it.
    private static Location Where(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.GetLocation(),
        PropertyDeclarationSyntax property => property.Identifier.GetLocation(),
        VariableDeclaratorSyntax variable => variable.Identifier.GetLocation(),
        _ => node.GetLocation(),
    };
}
