using System.Composition;
using EarlyExitGen.Generator.Analyzers;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Puts a threshold into its criterion's range, near the end that it lay beyond.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ClampThresholdCodeFix))]
public sealed class ClampThresholdCodeFix() : NetworkCodeFix(
    Rules.ThresholdNotFinite.Id, Rules.ThresholdOutsideRange.Id, Rules.ThresholdOnEdge.Id)
{
    private protected override FixChange? Fix(FixRequest request)
    {
        if (!request.Diagnostic.Properties.TryGetValue(ThresholdChecks.ClampedProperty, out string? number) || number is null) return null;
        ExpressionSyntax? threshold = request.Node as ExpressionSyntax ?? (request.Node as AttributeArgumentSyntax)?.Expression;
        return threshold is null
            ? null
            : request.Replace($"Change to {number}", threshold, Number(number).WithTriviaFrom(threshold));
    }
}
