using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <content>Objects of the user's classes: how they are made, and what their members hold.</content>
internal sealed partial class Interpreter
{
    private readonly Dictionary<ISymbol, Obstacle?> replacements = new(SymbolEqualityComparer.Default);

    private SymbolicValue Create(IObjectCreationOperation creation)
    {
        if (creation.Type is not INamedTypeSymbol type || creation.Constructor is not { } constructor) return Unknown(creation);
        if (IsList(type) && creation.Initializer is null && creation.Arguments.IsEmpty) return new ListValue([]);
        if (KindOfContainer(type) is { } kind) return CreateContainer(creation, kind, creation.Arguments, creation.Initializer);
        if (type.Is(KnownNames.Parameter)) return CreateParameter(creation, creation.Arguments);

        // Code that runs layers and makes modules on the way keeps nothing of them: they would start from fresh weights at each call.
        if (!type.DerivesFrom(KnownNames.Module) || type.DeclaringSyntaxReferences.IsEmpty || creation.Initializer is not null)
        {
            foreach (IArgumentOperation argument in creation.Arguments) Evaluate(argument.Value);
            return Fail(creation, "an object of a class that it can't compile");
        }

        if (++depth > MaximumDepth)
        {
            depth--;
            return Fail(creation, $"a nesting deeper than {MaximumDepth}");
        }

        ObjectValue instance = new(creation, type);
        Construct(instance, type, constructor, EvaluateArguments(creation.Arguments));
        depth--;
        return instance;
    }

    /// <summary>The network itself, as its only constructor makes it; what several constructors make differently is unknown.</summary>
    private ObjectValue CreateNetwork(INamedTypeSymbol type)
    {
        ObjectValue instance = new(source: null, type);
        IMethodSymbol[] constructors = [.. type.InstanceConstructors];
        Construct(instance, type, constructors.Length == 1 ? constructors[0] : null, new(SymbolEqualityComparer.Default));
        return instance;
    }

    /// <summary>Runs field initialisers, the base's constructor and a constructor's body, as C# does.</summary>
    /// <param name="constructor">Null when it is not known which one runs.</param>
    private void Construct(
        ObjectValue instance, INamedTypeSymbol type, IMethodSymbol? constructor, Dictionary<ISymbol, SymbolicValue> arguments)
    {
        Frame caller = frame;
        LayerTrace? running = trace;
        (frame, trace) = (new Frame(instance) { IsConstructor = true }, null);
        foreach (KeyValuePair<ISymbol, SymbolicValue> argument in arguments)
        {
            frame.Write(argument.Key, argument.Value);
            instance.Members[argument.Key] = argument.Value;
        }

        SyntaxNode? declaration = constructor?.DeclaringSyntaxReferences is [var reference] ? source.Read(reference) : null;
        IConstructorBodyOperation? body = declaration is ConstructorDeclarationSyntax
            ? source.Bind(declaration) as IConstructorBodyOperation
            : null;
        IInvocationOperation? other = body?.Initializer switch
        {
            IInvocationOperation call => call,
            IExpressionStatementOperation { Operation: IInvocationOperation call } => call,
            _ => null,
        };
        if (other is not null && SymbolEqualityComparer.Default.Equals(other.TargetMethod.ContainingType, type))
        {
            // : this(…)
            if (++depth <= MaximumDepth) Construct(instance, type, other.TargetMethod, EvaluateArguments(other.Arguments));
            depth--;
        }
        else
        {
            InitializeMembers(instance, type);
            ConstructBase(instance, type, other, declaration);
        }

        if (constructor is null) ForgetConstructed(instance, type);
        Execute(body?.BlockBody ?? body?.ExpressionBody);
        (frame, trace) = (caller, running);
    }

    private void ConstructBase(ObjectValue instance, INamedTypeSymbol type, IInvocationOperation? call, SyntaxNode? declaration)
    {
        if (type.BaseType is not { } ancestor || depth > MaximumDepth) return;
        if (ancestor.DeclaringSyntaxReferences.IsEmpty)
        {
            // EarlyExitModule registers what there is by now.
            if (instance.Source is null) SeeTensors(instance);
            return;
        }

        if (declaration is TypeDeclarationSyntax { BaseList.Types: [PrimaryConstructorBaseTypeSyntax primary, ..] })
        {
            call = source.Bind(primary) as IInvocationOperation;
        }

        IMethodSymbol? constructor = call?.TargetMethod ?? ancestor.InstanceConstructors.FirstOrDefault(candidate => candidate.Parameters.IsEmpty);
        depth++;
        Construct(instance, ancestor, constructor, call is null ? new(SymbolEqualityComparer.Default) : EvaluateArguments(call.Arguments));
        depth--;
    }

    private void InitializeMembers(ObjectValue instance, INamedTypeSymbol type)
    {
        foreach (ISymbol member in type.GetMembers())
        {
            if (member.IsStatic || member.IsImplicitlyDeclared || member.DeclaringSyntaxReferences is not [var reference]) continue;
            if (member is not (IFieldSymbol or IPropertySymbol)) continue;
            ExpressionSyntax? initializer = source.Read(reference) switch
            {
                VariableDeclaratorSyntax variable => variable.Initializer?.Value,
                PropertyDeclarationSyntax property => property.Initializer?.Value,
                _ => null,
            };
            if (initializer is not null && source.Bind(initializer) is { } value) instance.Members[member.OriginalDefinition] = Evaluate(value);
        }
    }

    /// <summary>Makes what any constructor of a type assigns unknown: nobody knows which of them runs.</summary>
    private void ForgetConstructed(ObjectValue instance, INamedTypeSymbol type)
    {
        foreach (IMethodSymbol constructor in type.InstanceConstructors)
        {
            if (constructor.DeclaringSyntaxReferences is not [var reference]) continue;
            if (source.Read(reference) is not ConstructorDeclarationSyntax declaration || source.Bind(declaration) is not { } body) continue;
            foreach (IAssignmentOperation assignment in body.Descendants().OfType<IAssignmentOperation>())
            {
                if (assignment.Target is not IMemberReferenceOperation { Instance: IInstanceReferenceOperation } target) continue;
                instance.Members[target.Member.OriginalDefinition] =
                    new UnknownValue(new Obstacle(assignment.Syntax, "a member that several constructors may assign"));
            }
        }
    }

    /// <summary>What a field or property holds.</summary>
    private SymbolicValue ReadMember(IMemberReferenceOperation reference)
    {
        if (reference.Instance is not { } target) return ReadStatic(reference);
        SymbolicValue instance = Evaluate(target);
        switch (instance)
        {
            case TensorValue { IsSequenceFirst: false } tensor when reference.Member.Name == "shape":
                return new ShapeValue(tensor.Shape);
            case OwnedTensorValue { Shape: { } shape } when reference.Member.Name == "shape":
                return new ListValue([.. shape.Dimensions.Select(size => new ConstantValue(size))]);
            case TensorValue or OwnedTensorValue when reference is IPropertyReferenceOperation { Property.IsIndexer: true } indexer:
                return IndexTensor(indexer, instance);
            case TensorValue or OwnedTensorValue when reference.Member.Name is "device" or "dtype":
                return Unknown(reference);
            case ShapeValue { Sample: { } sample } when reference.Member.Name == "Length":
                return new ConstantValue(sample.Rank + 1);
            case ModuleValue when reference.Member.Name == "training" && IsOurs(reference.Member.ContainingType.ContainingNamespace):
                return new ConstantValue(false);
            case ContainerValue or ListValue when reference.Member.Name is "Count" or "Length":
                return new ConstantValue(Items(instance)!.Count);
            case ContainerValue { Kind: ContainerKind.ParameterDict } dictionary when reference.Member.Name is "Keys" or "Values":
                return dictionary.Side(names: reference.Member.Name == "Keys");
            case ListValue { Items: [var first, _] } when reference.Member.Name == "Item1":
                return first;
            case ListValue { Items: [_, var second] } when reference.Member.Name == "Item2":
                return second;
            case ContainerValue or ListValue or ShapeValue when reference is IPropertyReferenceOperation { Arguments: [var index] }:
                return Index(reference, instance, Evaluate(index.Value));
            case ObjectValue value:
                return ReadMember(reference, value);
            default:
                return instance.Obstacle is null ? Fail(reference, $"'{reference.Member.Name}', which it can't compile") : instance;
        }
    }

    private SymbolicValue ReadMember(IMemberReferenceOperation reference, ObjectValue instance)
    {
        ISymbol member = reference.Member.OriginalDefinition;
        if (member is IPropertySymbol property && Getter(property) is { } getter)
        {
            return CallBody(reference, property.GetMethod!, getter, new Frame(instance), new(SymbolEqualityComparer.Default));
        }

        if (FindReplacement(member) is { } replaced) return new UnknownValue(replaced);
        if (instance.Members.TryGetValue(member, out SymbolicValue? value)) return value;
        return member.DeclaringSyntaxReferences.IsEmpty ? Unknown(reference) : ConstantValueOfDefault(member);
    }

    private Obstacle? FindReplacement(ISymbol member)
    {
        if (!replacements.TryGetValue(member, out Obstacle? replaced))
        {
            replacements.Add(member, replaced = AssignmentReader.FindReplacement(member, source));
        }

        return replaced;
    }

    // What nothing assigns is null, which is what a conditional shortcut looks for.
    private static ConstantValue ConstantValueOfDefault(ISymbol member)
    {
        ITypeSymbol? type = (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;
        return type?.SpecialType switch
        {
            SpecialType.System_Boolean => new ConstantValue(false),
            SpecialType.System_Int32 => new ConstantValue(0),
            SpecialType.System_Int64 => new ConstantValue(0L),
            SpecialType.System_Double => new ConstantValue(0.0),
            SpecialType.System_Single => new ConstantValue(0f),
            _ => ConstantValue.Null,
        };
    }

    /// <summary>The body of a property that is no automatic one; null for automatic ones and those of other assemblies.</summary>
    private IOperation? Getter(IPropertySymbol property)
    {
        if (property.GetMethod?.DeclaringSyntaxReferences is not [var reference]) return null;
        return source.Read(reference) switch
        {
            ArrowExpressionClauseSyntax arrow => source.Bind(arrow),
            AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null } =>
                source.Bind(source.Read(reference)),
            _ => null,
        };
    }

    private SymbolicValue ReadStatic(IMemberReferenceOperation reference)
    {
        // static readonly: assigned once, by its initialiser unless a static constructor does so.
        if (reference.Member is not IFieldSymbol { IsReadOnly: true, DeclaringSyntaxReferences: [var declaration] } field) return Unknown(reference);
        if (!field.ContainingType.StaticConstructors.All(constructor => constructor.IsImplicitlyDeclared)) return Unknown(reference);
        if (source.Read(declaration) is not VariableDeclaratorSyntax { Initializer.Value: { } initializer }) return Unknown(reference);
        if (field.Type.DerivesFrom(KnownNames.Module) || source.Bind(initializer) is not { } value) return Unknown(reference);
        return depth < MaximumDepth ? InFrame(new Frame(instance: null), () => Evaluate(value)) : Unknown(reference);
    }

    private T InFrame<T>(Frame inner, Func<T> run)
    {
        Frame caller = frame;
        frame = inner;
        depth++;
        T result = run();
        depth--;
        frame = caller;
        return result;
    }

    private static ContainerKind? KindOfContainer(INamedTypeSymbol type)
    {
        if (type.DerivesFrom(KnownNames.ModuleList, arity: 1) && IsOurs(type.ContainingNamespace)) return ContainerKind.ModuleList;
        if (type.Is(KnownNames.ParameterList)) return ContainerKind.ParameterList;
        return type.Is(KnownNames.ParameterDict) ? ContainerKind.ParameterDict : null;
    }

    private static bool IsList(INamedTypeSymbol type) => type.Is("System.Collections.Generic.List", arity: 1);

    /// <summary>Whether a namespace is TorchSharp's.</summary>
    private static bool IsOurs(INamespaceSymbol? space) => space?.FullName() is "TorchSharp" or "TorchSharp.Modules";
}
