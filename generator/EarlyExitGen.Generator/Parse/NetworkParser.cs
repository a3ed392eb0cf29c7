using System.Collections.Immutable;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Reads a class with <c>[EarlyExitNetwork]</c> into a <see cref="NetworkModel"/>. The generator wants the model, the analyzer wants what
/// is wrong with the declaration: both run this parser.
/// </summary>
/// <param name="source">The author's source, in the compilation where the class is declared.</param>
/// <param name="syntax">Takes what is wrong, and where the parts stand in the source; null when nobody asks.</param>
internal sealed partial class NetworkParser(SourceReader source, NetworkSyntax? syntax)
{
    /// <summary>The members that the compiler writes into the network.</summary>
    private static readonly string[] ReservedNames =
    [
        "CallExit", "CallGate", "CallStage", "CompiledPlan", "CpuPipeline", "ForwardAll", "Freeze", "FreezeForCpu", "Network",
        "Plan", "RegisterComponents", "TorchPipeline",
    ];

    private bool isFatal;
    private bool membersHaveErrors;

    /// <summary>The model, or null when the declaration has an error that leaves nothing to generate.</summary>
    public NetworkModel? Parse(INamedTypeSymbol network, AttributeData attribute)
    {
        isFatal = membersHaveErrors = false;
        CheckType(network);

        int classes = NamedInt(attribute, nameof(NetworkModel.Classes));
        if (classes < 1)
        {
            ReportFatal(
                Rules.ClassesNotPositive,
                () => Locations.OfNamed(attribute, nameof(NetworkModel.Classes), source.Cancellation),
                network.Name,
                classes);
        }

        AnswerModel answers = AnswerReader.Read(attribute);
        EquatableArray<long> input = NamedLongs(attribute, nameof(NetworkModel.Input));
        EquatableArray<ExtraInputModel> extraInputs = ReadExtraInputs(network);
        EquatableArray<RegistrationModel> registrations = RegistrationReader.Read(network);
        Interpreter interpreter = new(source);
        interpreter.Build(network, registrations);
        TensorShape? features = TensorShape.OfInput(input);

        ImmutableArray<StageModel>.Builder stages = ImmutableArray.CreateBuilder<StageModel>();
        ImmutableArray<ExitModel>.Builder exits = ImmutableArray.CreateBuilder<ExitModel>();
        List<(ISymbol Symbol, AttributeData Mark)> exitSources = [];
        bool stageStandsAbove = false;
        foreach (ISymbol symbol in MembersInOrder(network))
        {
            source.Cancellation.ThrowIfCancellationRequested();
            AttributeData[] marks = [.. symbol.GetAttributes().Where(IsMark)];
            if (marks is not [var mark, ..]) continue;
            if (marks.Length > 1) ReportMember(Rules.SeveralMarks, () => Locations.Of(symbol), symbol.Name, network.Name);
            bool isStage = mark.AttributeClass.Is(KnownNames.StageAttribute);
            stageStandsAbove |= isStage;
            if (ReadMember(network, symbol, extraInputs) is not { } member) continue;

            List<LayerSyntax>? layerSyntax = syntax is null ? null : [];
            PartReading part = interpreter.Read(symbol, member, features, extraInputs, layerSyntax);
            if (isStage)
            {
                features = part.Output;
                stages.Add(new StageModel(member, part.Layers));
                syntax?.Stages.Add(new PartSyntax(symbol, mark, layerSyntax!));
            }
            else if (!stageStandsAbove)
            {
                ReportMember(Rules.ExitBeforeStage, () => Locations.Of(symbol), symbol.Name, network.Name);
            }
            else
            {
                RuleModel? rule = ReadRule(network, symbol, mark, answers.Output);
                List<LayerSyntax>? gateSyntax = syntax is null ? null : [];
                GateModel? gate = ReadGate(network, symbol, mark, rule, extraInputs, (gateSymbol, gateMember) =>
                    interpreter.Read(gateSymbol, gateMember, features, extraInputs, gateSyntax).Layers);
                exits.Add(new ExitModel(member, stages.Count - 1, rule, part.Layers, gate));
                exitSources.Add((symbol, mark));
                syntax?.Exits.Add(new PartSyntax(symbol, mark, layerSyntax!) { Gate = gate is null ? null : gateSyntax });
            }
        }

        // A member that could not be read leaves gaps: what the others seem to lack may well be there.
        bool isNoNetwork = network.IsRecord && stages.Count == 0 && exits.Count == 0;
        if (!membersHaveErrors && !isNoNetwork) CheckOrder(network, stages, exits, exitSources);
        foreach ((string property, string value, string expected) in AnswerReader.Misfits(answers, exits.Count))
        {
            ReportFatal(
                Rules.AnswersDoNotFit,
                () => Locations.OfNamed(attribute, property, source.Cancellation),
                network.Name,
                property,
                value,
                expected);
        }

        return isFatal
            ? null
            : new NetworkModel(
                TypeReader.Read(network, source),
                classes,
                input,
                NamedInt(attribute, nameof(NetworkModel.InputType), fallback: 6) == 4 ? ElementType.Int64 : ElementType.Float32,
                registrations,
                new EquatableArray<StageModel>(stages.ToImmutable()),
                new EquatableArray<ExitModel>(exits.ToImmutable()),
                answers,
                extraInputs);
    }

    private MemberModel? ReadMember(INamedTypeSymbol network, ISymbol symbol, EquatableArray<ExtraInputModel> extraInputs)
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
            if (ReadParameters(network, symbol, extraInputs) is not { } taken) return null;
            return new MemberModel(
                symbol.Name,
                symbol is IMethodSymbol ? MemberKind.Method : MemberKind.Module,
                symbol.IsStatic,
                SymbolExtensions.Escaped(symbol.Name),
                type!.NullableAnnotation == NullableAnnotation.Annotated,
                taken);
        }

        ReportMember(Rules.UnusableMember, () => Locations.Of(symbol), symbol.Name, network.Name, found);
        return null;
    }

    private static bool IsTensorMethod(IMethodSymbol method) =>
        method is { MethodKind: MethodKind.Ordinary, IsGenericMethod: false, RefKind: RefKind.None, Parameters.Length: > 0 }
        && method.Parameters.All(parameter => parameter.RefKind == RefKind.None && parameter.Type.Is(KnownNames.Tensor))
        && method.ReturnType.Is(KnownNames.Tensor);

    /// <summary>Whether an attribute makes its member a stage or an exit.</summary>
    public static bool IsMark(AttributeData attribute) =>
        attribute.AttributeClass is { } type && type.FullName() is KnownNames.StageAttribute or KnownNames.ExitAttribute;

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

    private void ReportFatal(DiagnosticDescriptor rule, ISymbol where, params object[] arguments) =>
        ReportFatal(rule, () => Locations.Of(where), arguments);

    private void ReportMember(DiagnosticDescriptor rule, Func<Location> where, params object[] arguments)
    {
        membersHaveErrors = true;
        ReportFatal(rule, where, arguments);
    }

    // The generator runs here too, and must not pay for a location that it drops.
    private void ReportFatal(DiagnosticDescriptor rule, Func<Location> where, params object[] arguments)
    {
        isFatal = true;
        syntax?.Report(Diagnostic.Create(rule, where(), arguments));
    }
}
