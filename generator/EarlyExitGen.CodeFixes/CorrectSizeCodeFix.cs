using System.Composition;
using EarlyExitGen.Generator.Analyzers;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Writes the number of channels, features or classes that the layer must have.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(CorrectSizeCodeFix))]
public sealed class CorrectSizeCodeFix() : NetworkCodeFix(
    Rules.ChannelsDoNotFit.Id, Rules.FeaturesDoNotFit.Id, Rules.OutputIsNotClasses.Id)
{
    private protected override FixChange? Fix(FixRequest request)
    {
        if (!request.Diagnostic.Properties.TryGetValue(ShapeChecks.FittingProperty, out string? number) || number is null) return null;

        // The squiggle is under the number, unless it is left out; a list of numbers stays the author's.
        ExpressionSyntax? size = request.Node as ExpressionSyntax ?? (request.Node as ArgumentSyntax)?.Expression;
        return size is null or InvocationExpressionSyntax or CollectionExpressionSyntax or ArrayCreationExpressionSyntax
            or ImplicitArrayCreationExpressionSyntax
            ? null
            : request.Replace($"Change to {number}", size, Number(number).WithTriviaFrom(size));
    }
}
