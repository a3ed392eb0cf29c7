namespace EarlyExitGen.Generator.Model;

/// <summary>A network as its author declared it. Plain values only: no symbol, syntax or location.</summary>
internal sealed record NetworkModel(
    TypeModel Type,
    int Classes,
    EquatableArray<long> Input,
    ElementType InputType,
    EquatableArray<RegistrationModel> Registrations,
    EquatableArray<StageModel> Stages,
    EquatableArray<ExitModel> Exits);

/// <summary>What one element of the network's input is.</summary>
internal enum ElementType
{
    Float32,
    Int64,
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
internal sealed record ExitModel(MemberModel Member, int Stage, RuleModel? Rule, EquatableArray<LayerModel> Layers);

/// <summary>A member that is a stage or an exit.</summary>
/// <param name="Name">Its name without a leading @.</param>
/// <param name="Kind">How it is called.</param>
/// <param name="IsStatic">Whether it is called on the type.</param>
/// <param name="Identifier">Its name as source text.</param>
/// <param name="IsNullable">Whether the author's annotation says that it may be null.</param>
internal sealed record MemberModel(string Name, MemberKind Kind, bool IsStatic, string Identifier, bool IsNullable);

/// <summary>How a stage or exit is called.</summary>
internal enum MemberKind
{
    Module,
    Method,
}

/// <summary>The rule by which an input leaves at an exit.</summary>
internal sealed record RuleModel(CriterionModel Criterion, float Threshold);

/// <summary>A criterion.</summary>
/// <param name="Type">The struct that scores, fully qualified.</param>
/// <param name="Name">As people say it, for example <c>entropy</c>.</param>
/// <param name="Comparison">How a score is compared with the threshold, or null when the struct's own method decides.</param>
/// <param name="Unit">The unit of its score, or empty.</param>
internal sealed record CriterionModel(string Type, string Name, Comparison? Comparison, string Unit);

/// <summary>When an input leaves: the score is at least, or at most, the threshold.</summary>
internal enum Comparison
{
    AtLeast,
    AtMost,
}
