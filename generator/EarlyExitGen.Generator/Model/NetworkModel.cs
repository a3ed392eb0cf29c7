namespace EarlyExitGen.Generator.Model;

/// <summary>A network as its author declared it. Plain values only: no symbol, syntax or location.</summary>
internal sealed record NetworkModel(
    TypeModel Type,
    int Classes,
    EquatableArray<long> Input,
    ElementType InputType,
    EquatableArray<RegistrationModel> Registrations,
    EquatableArray<StageModel> Stages,
    EquatableArray<ExitModel> Exits,
    AnswerModel Answers,
    EquatableArray<ExtraInputModel> ExtraInputs)
{
    /// <summary>Whether an exit after this one, or this one, counts how many exits agree.</summary>
    public bool CountsAgreementFrom(int exit) => Exits.Skip(exit).Any(later => later.Rule?.Uses(ScoreSource.EarlierAnswers) == true);

    /// <summary>
    /// Whether an exit of a batch can be decided without its logits on the host: they are its answer, and all that is asked of them is the
    /// library's own criteria. The last exit too, where an earlier one can.
    /// </summary>
    public bool ScoresOnDevice(int exit)
    {
        if (Answers is not { Output: NetworkOutput.Classification, EnsembleWeights.Count: 0 } || CountsAgreementFrom(exit)) return false;
        return Exits[exit].Rule is { } rule
            ? rule.Conditions.All(condition => condition.Criterion is { Comparison: not null, Source: ScoreSource.Logits })
            : Enumerable.Range(0, exit).Any(ScoresOnDevice);
    }
}

/// <summary>What one element of an input is.</summary>
internal enum ElementType
{
    Float32,
    Int64,
    Bool,
}

/// <summary>Where the network's class stands, as source text.</summary>
/// <param name="Namespace">Empty for the global namespace.</param>
/// <param name="Containers">The heads of the types around it, outermost first, for example <c>partial record struct Outer&lt;T&gt;</c>.</param>
/// <param name="Declaration">Its own head, for example <c>partial class FashionNet</c>.</param>
/// <param name="Name">Its name as an expression inside its own body, for example <c>FashionNet</c> or <c>@class</c>.</param>
/// <param name="DisplayName">Its name as people say it, with the types around it, for example <c>Outer.FashionNet</c>.</param>
/// <param name="HintName">The stem of the generated files' names: namespace, containers, name and arity.</param>
/// <param name="ShadowedNames">Simple names of types that the generated code uses and that mean something else where it stands.</param>
internal sealed record TypeModel(
    string Namespace,
    EquatableArray<string> Containers,
    string Declaration,
    string Name,
    string DisplayName,
    string HintName,
    EquatableArray<string> ShadowedNames);

/// <summary>A member that is registered with TorchSharp under its own name.</summary>
internal sealed record RegistrationModel(string Name, string Expression);

/// <summary>One stage of the backbone.</summary>
internal sealed record StageModel(MemberModel Member, EquatableArray<LayerModel> Layers);

/// <summary>One exit and the stage whose features it reads, counted from 0.</summary>
/// <param name="Gate">What its rule asks beside the head; null when no condition does.</param>
internal sealed record ExitModel(MemberModel Member, int Stage, RuleModel? Rule, EquatableArray<LayerModel> Layers, GateModel? Gate);

/// <summary>A member that is a stage or an exit.</summary>
/// <param name="Name">Its name without a leading @.</param>
/// <param name="Kind">How it is called.</param>
/// <param name="IsStatic">Whether it is called on the type.</param>
/// <param name="Identifier">Its name as source text.</param>
/// <param name="IsNullable">Whether the author's annotation says that it may be null.</param>
/// <param name="ExtraInputs">The extra inputs that it takes after the features, by their places in the declaration.</param>
internal sealed record MemberModel(
    string Name, MemberKind Kind, bool IsStatic, string Identifier, bool IsNullable, EquatableArray<int> ExtraInputs);

/// <summary>How a stage or exit is called.</summary>
internal enum MemberKind
{
    Module,
    Method,
}
