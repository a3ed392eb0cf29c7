using System.Composition;
using System.Globalization;
using EarlyExitGen.Generator.Analyzers;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.CodeFixes;

/// <summary>Declares the input shape, if there is one for which every layer of the network fits.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AddInputShapeCodeFix))]
public sealed class AddInputShapeCodeFix() : NetworkCodeFix(Rules.InputMissing.Id)
{
    private const int LargestSize = 512;

    // What data sets and backbones commonly use comes before all other sizes.
    private static readonly int[] CommonSizes = [28, 32, 64, 96, 128, 160, 192, 224, 256, 299, 384, 512];

    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute) return null;
        if (request.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type) return null;
        if (request.Semantics.GetDeclaredSymbol(type, request.Cancellation) is not INamedTypeSymbol symbol) return null;
        if (Analyze(request.Semantics.Compilation, symbol, request.Cancellation) is not { } network) return null;
        if (Candidates(network.Model).FirstOrDefault(input => Fits(network, input)) is not { Length: > 0 } shape) return null;

        string text = string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        AttributeArgumentSyntax argument = SyntaxFactory.AttributeArgument(SyntaxFactory.ParseExpression($"[{text}]"))
            .WithNameEquals(SyntaxFactory.NameEquals(
                SyntaxFactory.IdentifierName("Input").WithTrailingTrivia(SyntaxFactory.Space),
                SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space)));
        AttributeArgumentListSyntax list = attribute.ArgumentList ?? SyntaxFactory.AttributeArgumentList();
        SyntaxToken comma = SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space);
        SeparatedSyntaxList<AttributeArgumentSyntax> arguments = SyntaxFactory.SeparatedList(
            list.Arguments.Append(argument), Enumerable.Repeat(comma, list.Arguments.Count));
        return request.Replace($"Declare Input = [{text}]", attribute, attribute.WithArgumentList(list.WithArguments(arguments)));
    }

    private static IEnumerable<long[]> Candidates(NetworkModel model)
    {
        Operation? first = model.Stages[0].Layers[0].Operation;
        IEnumerable<int> sizes = CommonSizes.Concat(Enumerable.Range(1, LargestSize));
        return first switch
        {
            Linear { InFeatures: { } features } => [[features]],
            Convolution { Rank: 1, InChannels: { } channels } => sizes.Select(size => new[] { channels, size }),
            Convolution { InChannels: { } channels } => sizes.Select(size => new[] { channels, size, size }),
            Flatten => sizes.SelectMany(size => new[] { new long[] { 1, size, size }, new long[] { 3, size, size } }),
            _ => [],
        };
    }

    private static bool Fits(AnalyzedNetwork network, long[] input)
    {
        NetworkModel model = network.Model with { Input = new EquatableArray<long>([.. input]) };
        AnalyzedNetwork shaped = AnalyzedNetwork.Infer(network.Declaration, model);
        return shaped.Stages.Concat(shaped.Exits).All(part => part.Misfits.Count == 0)
            && shaped.Exits.All(exit => exit.Lowered.Output is { Rank: 1 } output && output.Dimensions[0] == model.Classes);
    }
}
