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

    private void CheckType(INamedTypeSymbol network)
    {
        if (network.IsFileLocal || ContainersOf(network).Any(container => container.IsFileLocal))
        {
            ReportFatal(Rules.FileLocal, network, network.Name);
        }

        if (network.IsStatic)
        {
            ReportFatal(Rules.StaticNetwork, network, network.Name);
        }
        else if (!network.DerivesFrom(KnownNames.EarlyExitModule))
        {
            ReportFatal(
                Rules.WrongBase,
                () => Locations.OfBase(network, source.Cancellation),
                network.Name,
                DescribeBase(network));
        }

        for (INamedTypeSymbol? type = network.BaseType; type is not null; type = type.BaseType)
        {
            if (!type.GetAttributes().Any(attribute => attribute.AttributeClass.Is(KnownNames.NetworkAttribute))) continue;
            ReportFatal(Rules.NetworkOfNetwork, () => Locations.OfBase(network, source.Cancellation), network.Name, type.Name);
            break;
        }

        foreach (string reserved in ReservedNames)
        {
            if (network.Name == reserved) ReportFatal(Rules.ReservedName, network, network.Name, reserved);
            foreach (ISymbol member in network.GetMembers(reserved).Where(IsByAuthor))
            {
                ReportFatal(Rules.ReservedName, member, network.Name, reserved);
            }

            foreach (INamedTypeSymbol type in OwnBases(network))
            {
                // A base that is a network itself is another mistake, which has a rule of its own.
                if (!type.GetMembers(reserved).Any(member =>
                    member.DeclaredAccessibility != Accessibility.Private
                    && (member.DeclaringSyntaxReferences.IsEmpty || IsByAuthor(member))))
                {
                    continue;
                }

                ReportFatal(Rules.ReservedName, () => Locations.OfBase(network, source.Cancellation), type.Name, reserved);
            }
        }

        foreach (INamedTypeSymbol type in ContainersOf(network).Prepend(network))
        {
            if (!TypeReader.IsPartial(type, source))
            {
                string what = SymbolEqualityComparer.Default.Equals(type, network) ? "it" : $"'{network.Name}' inside it";
                ReportFatal(Rules.NotPartial, type, type.Name, what);
            }
        }
    }

    private static string DescribeBase(INamedTypeSymbol network) => network.IsRecord
        ? "it is a record, which can't: write a class"
        : $"it derives from '{network.BaseType?.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat) ?? "nothing"}'";

    /// <summary>The bases between the network and ours.</summary>
    private static IEnumerable<INamedTypeSymbol> OwnBases(INamedTypeSymbol network)
    {
        if (!network.DerivesFrom(KnownNames.EarlyExitModule)) yield break;
        for (INamedTypeSymbol? type = network.BaseType; type is not null && !type.Is(KnownNames.EarlyExitModule); type = type.BaseType)
        {
            yield return type;
        }
    }

    // The analyzer sees the class after the generator has added its members, the generator before.
    private static bool IsByAuthor(ISymbol member) =>
        member.DeclaringSyntaxReferences.Any(reference => !GeneratedFile.Is(reference.SyntaxTree.FilePath));

    private RuleModel? ReadRule(INamedTypeSymbol network, ISymbol symbol, AttributeData mark, NetworkOutput output)
    {
        if (mark.ConstructorArguments.IsEmpty)
        {
            foreach (AttributeData stray in RuleReader.Conditions(symbol))
            {
                ReportMember(Rules.StrayCondition, () => Locations.Of(stray, source.Cancellation), symbol.Name, network.Name);
            }
        }

        foreach (AttributeData attribute in RuleReader.Conditions(symbol).Prepend(mark))
        {
            if (attribute.AttributeClass is { IsGenericType: true, TypeArguments: [INamedTypeSymbol own] })
            {
                CheckOwnCriterion(symbol, attribute, own);
                continue;
            }

            ConditionModel? condition = RuleReader.ReadCondition(attribute, output);
            if (condition is null && !attribute.ConstructorArguments.IsEmpty)
            {
                ReportMember(
                    Rules.UnknownCriterion,
                    () => Locations.OfArgument(attribute, 0, "criterion", source.Cancellation),
                    symbol.Name,
                    network.Name);
            }
            else if (condition is not null && !RuleReader.Suits(condition.Criterion, output))
            {
                ReportMember(
                    Rules.CriterionDoesNotSuit,
                    () => Locations.OfArgument(attribute, 0, "criterion", source.Cancellation),
                    symbol.Name,
                    condition.Criterion.Name,
                    output == NetworkOutput.Regression ? "quantities" : "labels",
                    output == NetworkOutput.Regression ? "Patience, Gate" : "Confidence, Patience, Gate");
            }
        }

        return RuleReader.Read(symbol, mark, output);
    }

    private void CheckOwnCriterion(ISymbol symbol, AttributeData mark, INamedTypeSymbol criterion)
    {
        // Of a type that is not there, the C# compiler tells enough.
        if (criterion.TypeKind == TypeKind.Error) return;
        string? problem = !criterion.IsValueType ? $"a {(criterion.TypeKind == TypeKind.Class ? "class" : "type of another kind")}"
            : criterion.AllInterfaces.Any(implemented => implemented.Is(KnownNames.Criterion)) ? null
            : "a struct that does not implement it";
        if (problem is null) return;
        ReportMember(
            Rules.UnusableCriterion, () => Locations.Of(mark, source.Cancellation), criterion.Name, symbol.Name, problem);
    }

    private GateModel? ReadGate(
        INamedTypeSymbol network,
        ISymbol exit,
        AttributeData mark,
        RuleModel? rule,
        EquatableArray<ExtraInputModel> extraInputs,
        Func<ISymbol, MemberModel, EquatableArray<LayerModel>> readLayers)
    {
        bool isAsked = rule?.Uses(ScoreSource.Gate) == true;
        string? name = mark.NamedArguments.FirstOrDefault(argument => argument.Key == "Gate").Value.Value as string;
        string? problem = (isAsked, name) switch
        {
            (false, null) => null,
            (false, _) => $"names '{name}', which no condition with Criterion.Gate asks",
            (true, null) => "has a condition with Criterion.Gate, but names no gate",
            _ when GateMember(network, name!) is null => $"names '{name}', which is no such member",
            _ => null,
        };
        if (problem is not null)
        {
            ReportMember(
                Rules.GateMissing,
                () => name is null
                    ? Locations.Of(mark, source.Cancellation)
                    : Locations.OfNamed(mark, "Gate", source.Cancellation),
                exit.Name,
                problem);
        }

        if (!isAsked || name is null || GateMember(network, name) is not { } symbol) return null;
        return ReadMember(network, symbol, extraInputs) is { } member ? new GateModel(member, readLayers(symbol, member)) : null;
    }

    private static ISymbol? GateMember(INamedTypeSymbol network, string name) => network.GetMembers(name)
        .FirstOrDefault(member => !member.IsImplicitlyDeclared && member.DeclaringSyntaxReferences.Length > 0);

    private void CheckOrder(
        INamedTypeSymbol network,
        ImmutableArray<StageModel>.Builder stages,
        ImmutableArray<ExitModel>.Builder exits,
        List<(ISymbol Symbol, AttributeData Mark)> exitSources)
    {
        if (stages.Count == 0)
        {
            ReportFatal(Rules.NoStage, network, network.Name);
            return;
        }

        int last = exits.Count - 1;
        if (last < 0 || exits[last].Stage != stages.Count - 1)
        {
            ReportFatal(Rules.NoFinalExit, network, network.Name);
        }
        else if (exits[last].Rule is not null)
        {
            (ISymbol symbol, AttributeData mark) = exitSources[last];
            ReportFatal(Rules.CriterionOnFinalExit, () => Locations.Of(mark, source.Cancellation), symbol.Name, network.Name);
        }

        for (int exit = 0; exit < exits.Count; exit++)
        {
            bool isFinal = exit == last && exits[exit].Stage == stages.Count - 1;
            if (exits[exit].Rule is not null || isFinal) continue;
            (ISymbol symbol, AttributeData mark) = exitSources[exit];
            ReportFatal(Rules.MissingCriterion, () => Locations.Of(mark, source.Cancellation), symbol.Name, network.Name);
        }
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

    private static IEnumerable<INamedTypeSymbol> ContainersOf(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType) yield return outer;
    }

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
