using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

/// <summary>Every rule of the compiler. Ids are never reused; each has a page in <c>generator/docs/diagnostics</c>.</summary>
internal static class Rules
{
    private const string Declaration = "EarlyExitGen.Declaration";

    public static readonly DiagnosticDescriptor NotPartial = Fatal(
        "EEG0001",
        Declaration,
        "An early-exit network must be partial",
        "'{0}' must be partial, and so must every type around '{1}': the compiler adds members to the network");

    public static readonly DiagnosticDescriptor WrongBase = Fatal(
        "EEG0002",
        Declaration,
        "An early-exit network must derive from EarlyExitModule",
        "'{0}' must derive from EarlyExitModule, but derives from '{1}'");

    public static readonly DiagnosticDescriptor NoStage = Fatal(
        "EEG0003",
        Declaration,
        "An early-exit network needs a stage",
        "'{0}' has no [Stage]: a network is one stage or more, each followed by its exits");

    public static readonly DiagnosticDescriptor NoFinalExit = Fatal(
        "EEG0004",
        Declaration,
        "An early-exit network needs a final exit",
        "'{0}' needs a last [Exit] without a criterion, after the last stage: it answers whatever no other exit did");

    public static readonly DiagnosticDescriptor ExitBeforeStage = Fatal(
        "EEG0005",
        Declaration,
        "An exit needs a stage above it",
        "Exit '{0}' stands before the first [Stage] of '{1}': an exit reads the features of the stage above it");

    public static readonly DiagnosticDescriptor MissingCriterion = Fatal(
        "EEG0006",
        Declaration,
        "Only the last exit has no criterion",
        "Exit '{0}' of '{1}' needs a criterion and a threshold: without one it answers everything, and what stands below it never runs");

    public static readonly DiagnosticDescriptor UnusableMember = Fatal(
        "EEG0007",
        Declaration,
        "A stage or exit must map a tensor to a tensor",
        "'{0}' can't be a stage or exit of '{1}': expected a Module<Tensor, Tensor>, or a method Tensor {0}(Tensor), but it is {2}");

    public static readonly DiagnosticDescriptor ClassesNotPositive = Fatal(
        "EEG0008",
        Declaration,
        "An early-exit network needs its number of classes",
        "'{0}' declares Classes = {1}: expected the number of classes that its exits tell apart, at least 1");

    public static readonly DiagnosticDescriptor FileLocal = Fatal(
        "EEG0009",
        Declaration,
        "An early-exit network can't be local to a file",
        "'{0}' is a file-local type: the compiler writes its members to another file, which can't see it");

    public static readonly DiagnosticDescriptor ReservedName = Fatal(
        "EEG0010",
        Declaration,
        "The compiler writes a member of this name",
        "'{0}' can't use the name '{1}': the compiler writes a member of that name into every network");

    private static DiagnosticDescriptor Fatal(string id, string category, string title, string message) => new(
        id,
        title,
        message,
        category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: $"https://github.com/earlyexitgen/earlyexitgen/blob/main/generator/docs/diagnostics/{id}.md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);
}
