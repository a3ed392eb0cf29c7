using System.Collections.Immutable;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Reads a class with <c>[EarlyExitNetwork]</c> into a <see cref="NetworkModel"/>. The generator wants the model, the analyzer wants what
/// is wrong with the declaration: both run this parser.
/// </summary>
/// <param name="compilation">Where the class is declared.</param>
/// <param name="report">Takes what is wrong, or null when nobody asks.</param>
internal sealed class NetworkParser(Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation)
{
    /// <summary>The members that the compiler writes into the network.</summary>
    private static readonly string[] ReservedNames =
        ["CallExit", "CallStage", "CpuPipeline", "ForwardAll", "Freeze", "FreezeForCpu", "Network", "Plan", "RegisterComponents", "TorchPipeline"];

    private bool isFatal;

    /// <summary>The model, or null when the declaration has an error that leaves nothing to generate.</summary>
    public NetworkModel? Parse(INamedTypeSymbol network, AttributeData attribute)
    {
        isFatal = false;
        CheckType(network);

        int classes = NamedInt(attribute, nameof(NetworkModel.Classes));
        if (classes < 1) ReportFatal(Rules.ClassesNotPositive, network, network.Name, classes);

        ImmutableArray<StageModel>.Builder stages = ImmutableArray.CreateBuilder<StageModel>();
        ImmutableArray<ExitModel>.Builder exits = ImmutableArray.CreateBuilder<ExitModel>();
        ImmutableArray<ISymbol>.Builder exitSymbols = ImmutableArray.CreateBuilder<ISymbol>();
        foreach (ISymbol symbol in MembersInOrder(network))
        {
            cancellation.ThrowIfCancellationRequested();
            if (MemberAttribute(symbol) is not { } mark) continue;
            if (ReadMember(network, symbol) is not { } member) continue;

            EquatableArray<LayerModel> layers = ReadLayers(symbol, member);
            if (mark.AttributeClass!.Name == "StageAttribute")
            {
                stages.Add(new StageModel(member, layers));
            }
            else if (stages.Count == 0)
            {
                ReportFatal(Rules.ExitBeforeStage, symbol, symbol.Name, network.Name);
            }
            else
            {
                exits.Add(new ExitModel(member, stages.Count - 1, RuleReader.Read(mark), layers));
                exitSymbols.Add(symbol);
            }
        }

        CheckOrder(network, stages, exits, exitSymbols);
        return isFatal
            ? null
            : new NetworkModel(
                TypeReader.Read(network, compilation),
                classes,
                NamedLongs(attribute, nameof(NetworkModel.Input)),
                NamedInt(attribute, nameof(NetworkModel.InputType), fallback: 6) == 4 ? ElementType.Int64 : ElementType.Float32,
                RegistrationReader.Read(network),
                new EquatableArray<StageModel>(stages.ToImmutable()),
                new EquatableArray<ExitModel>(exits.ToImmutable()));
    }

    private void CheckType(INamedTypeSymbol network)
    {
        if (network.IsFileLocal) ReportFatal(Rules.FileLocal, network, network.Name);
        if (!network.DerivesFrom(KnownNames.EarlyExitModule))
        {
            ReportFatal(Rules.WrongBase, network, network.Name, network.BaseType?.ToDisplayString() ?? "nothing");
        }

        foreach (string reserved in ReservedNames)
        {
            if (network.Name == reserved) ReportFatal(Rules.ReservedName, network, network.Name, reserved);
            foreach (ISymbol member in network.GetMembers(reserved)) ReportFatal(Rules.ReservedName, member, network.Name, reserved);
        }

        for (INamedTypeSymbol? type = network; type is not null; type = type.ContainingType)
        {
            if (!TypeReader.IsPartial(type, cancellation)) ReportFatal(Rules.NotPartial, type, type.Name, network.Name);
        }
    }

    private void CheckOrder(
        INamedTypeSymbol network,
        ImmutableArray<StageModel>.Builder stages,
        ImmutableArray<ExitModel>.Builder exits,
        ImmutableArray<ISymbol>.Builder exitSymbols)
    {
        if (stages.Count == 0)
        {
            ReportFatal(Rules.NoStage, network, network.Name);
            return;
        }

        bool endsWithFinalExit = exits.Count > 0 && exits[exits.Count - 1] is { Rule: null } last && last.Stage == stages.Count - 1;
        if (!endsWithFinalExit) ReportFatal(Rules.NoFinalExit, network, network.Name);
        for (int exit = 0; exit < exits.Count - 1; exit++)
        {
            if (exits[exit].Rule is null) ReportFatal(Rules.MissingCriterion, exitSymbols[exit], exitSymbols[exit].Name, network.Name);
        }
    }

    private MemberModel? ReadMember(INamedTypeSymbol network, ISymbol symbol)
    {
        (bool usable, ITypeSymbol? type, string found) = symbol switch
        {
            IFieldSymbol field => (field.Type.IsTensorModule(), field.Type, $"a {field.Type.ToDisplayString()}"),
            IPropertySymbol { IsIndexer: false, GetMethod: not null } property =>
                (property.Type.IsTensorModule(), property.Type, $"a {property.Type.ToDisplayString()}"),
            IMethodSymbol method => (IsTensorMethod(method), method.ReturnType, method.ToDisplayString()),
            _ => (false, null, $"a {symbol.Kind}"),
        };

        if (usable)
        {
            return new MemberModel(
                symbol.Name,
                symbol is IMethodSymbol ? MemberKind.Method : MemberKind.Module,
                symbol.IsStatic,
                SymbolExtensions.Escaped(symbol.Name),
                type!.NullableAnnotation == NullableAnnotation.Annotated);
        }

        ReportFatal(Rules.UnusableMember, symbol, symbol.Name, network.Name, found);
        return null;
    }

    private static bool IsTensorMethod(IMethodSymbol method) =>
        method is { MethodKind: MethodKind.Ordinary, IsGenericMethod: false, RefKind: RefKind.None, Parameters: [{ RefKind: RefKind.None } only] }
        && only.Type.Is(KnownNames.Tensor)
        && method.ReturnType.Is(KnownNames.Tensor);

    private EquatableArray<LayerModel> ReadLayers(ISymbol symbol, MemberModel member)
    {
        if (InitializerReader.Find(symbol, cancellation) is not { } initializer) return PartReader.Call(member);
        SemanticModel semantics = compilation.GetSemanticModel(initializer.SyntaxTree);
        return PartReader.Read(member, semantics.GetOperation(initializer, cancellation));
    }

    private static AttributeData? MemberAttribute(ISymbol symbol) => symbol.GetAttributes().FirstOrDefault(attribute =>
        attribute.AttributeClass is { } type && type.FullName() is KnownNames.StageAttribute or KnownNames.ExitAttribute);

    // Declaration order is run order. Members of several files have no order that the author could see; the analyzer says so.
    private IEnumerable<ISymbol> MembersInOrder(INamedTypeSymbol network) => network.GetMembers()
        .Where(member => !member.IsImplicitlyDeclared && member.DeclaringSyntaxReferences.Length > 0)
        .OrderBy(member => member.DeclaringSyntaxReferences[0].SyntaxTree.FilePath, StringComparer.Ordinal)
        .ThenBy(member => member.DeclaringSyntaxReferences[0].Span.Start);

    private static int NamedInt(AttributeData attribute, string name, int fallback = 0)
    {
        TypedConstant value = attribute.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value;
        return value.Kind is TypedConstantKind.Primitive or TypedConstantKind.Enum && value.Value is { } number
            ? Convert.ToInt32(number, System.Globalization.CultureInfo.InvariantCulture)
            : fallback;
    }

    private static EquatableArray<long> NamedLongs(AttributeData attribute, string name)
    {
        TypedConstant value = attribute.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value;
        return value.Kind == TypedConstantKind.Array && !value.IsNull
            ? new EquatableArray<long>([.. value.Values.Select(item => item.Value is int number ? number : 0L)])
            : [];
    }

    private void ReportFatal(DiagnosticDescriptor rule, ISymbol where, params object[] arguments)
    {
        isFatal = true;
        if (report is null) return;
        Location location = where.Locations.FirstOrDefault(candidate => candidate.IsInSource) ?? Location.None;
        report(Diagnostic.Create(rule, location, arguments));
    }
}
