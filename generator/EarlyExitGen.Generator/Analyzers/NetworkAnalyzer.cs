using System.Collections.Immutable;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>
/// Tells what is wrong with a network's declaration. It reads the class with the generator's own parser, so that the two never disagree
/// about what a declaration means; the generator itself reports nothing.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NetworkAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = Rules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(
            static found => Analyze((INamedTypeSymbol)found.Symbol, found.Compilation, found.ReportDiagnostic, found.CancellationToken),
            SymbolKind.NamedType);
    }

    /// <summary>Tells what is wrong with one class.</summary>
    internal static void Analyze(
        INamedTypeSymbol type, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        if (type.TypeKind != TypeKind.Class) return;

        AttributeData? attribute = type.GetAttributes().FirstOrDefault(candidate =>
            candidate.AttributeClass.Is(KnownNames.NetworkAttribute));
        if (attribute is null)
        {
            DeclarationChecks.CheckUnmarkedType(type, report);
            return;
        }

        NetworkSyntax syntax = new(report);
        SourceReader source = new(compilation, cancellation);
        NetworkModel? model = new NetworkParser(source, syntax).Parse(type, attribute);
        NetworkDeclaration declaration = new(type, attribute, syntax, source);
        DeclarationChecks.Check(declaration);
        if (model is null) return;

        AnalyzedNetwork network = AnalyzedNetwork.Infer(declaration, model);
        ThresholdChecks.Check(network);
        ShapeChecks.Check(network);
        MeaningChecks.Check(network);
        ExtraInputChecks.Check(network);
        CostChecks.Check(network);
    }
}
