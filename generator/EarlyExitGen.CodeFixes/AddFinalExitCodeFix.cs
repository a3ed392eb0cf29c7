using System.Composition;
using System.Globalization;
using EarlyExitGen.Generator.Analyzers;
using EarlyExitGen.Generator.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace EarlyExitGen.CodeFixes;

/// <summary>Adds a last exit: a linear layer as wide as the features that arrive there.</summary>
[Shared]
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AddFinalExitCodeFix))]
public sealed class AddFinalExitCodeFix() : NetworkCodeFix(Rules.NoFinalExit.Id)
{
    private const string Unknown = "1";

    private protected override FixChange? Fix(FixRequest request)
    {
        if (request.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type) return null;
        if (request.Semantics.GetDeclaredSymbol(type, request.Cancellation) is not INamedTypeSymbol symbol) return null;

        // How wide the layer must be follows from the network with the exit in it.
        string name = symbol.GetMembers("final").IsEmpty ? "final" : "finalExit";
        SyntaxNode draft = WithExit(request.Root, type, name, Unknown, Classes(symbol));
        Compilation compilation = request.Semantics.Compilation.ReplaceSyntaxTree(
            request.Semantics.SyntaxTree, request.Semantics.SyntaxTree.WithRootAndOptions(draft, request.Semantics.SyntaxTree.Options));
        INamedTypeSymbol? drafted = compilation.GetSymbolsWithName(symbol.Name, SymbolFilter.Type, request.Cancellation)
            .OfType<INamedTypeSymbol>()
            .FirstOrDefault(candidate => candidate.ToDisplayString() == symbol.ToDisplayString());
        if (drafted is null || Analyze(compilation, drafted, request.Cancellation) is not { } network) return null;

        AnalyzedPart last = network.Exits[network.Exits.Count - 1];
        long? features = last.Misfits is [{ Misfit.Fitting: { } fitting }] ? fitting : last.Lowered.Output is null ? null : 1;
        return features is { } known
            ? new FixChange(
                "Add a final exit",
                WithExit(request.Root, type, name, known.ToString(CultureInfo.InvariantCulture), Classes(symbol)))
            : null;
    }

    private static string Classes(INamedTypeSymbol symbol) => symbol.GetAttributes()
        .SelectMany(attribute => attribute.NamedArguments)
        .Where(argument => argument.Key == "Classes")
        .Select(argument => Convert.ToString(argument.Value.Value, CultureInfo.InvariantCulture))
        .FirstOrDefault() ?? Unknown;

    private static SyntaxNode WithExit(SyntaxNode root, ClassDeclarationSyntax type, string name, string features, string classes)
    {
        MemberDeclarationSyntax exit = SyntaxFactory.ParseMemberDeclaration(
            $"[Exit] private readonly Sequential {name} = Sequential(Flatten(), Linear({features}, {classes}));")!;
        int last = type.Members.LastIndexOf(IsPart);
        exit = exit.WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed).WithAdditionalAnnotations(Formatter.Annotation);
        return root.ReplaceNode(type, type.WithMembers(type.Members.Insert(last < 0 ? type.Members.Count : last + 1, exit)));
    }

    private static bool IsPart(MemberDeclarationSyntax member) => member.AttributeLists
        .SelectMany(list => list.Attributes)
        .Any(attribute => IsNamed(attribute, "Stage") || IsNamed(attribute, "Exit"));
}
