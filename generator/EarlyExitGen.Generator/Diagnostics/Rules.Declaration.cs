using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor NotPartial = Fatal(
        "EEG0001",
        Declaration,
        "An early-exit network must be partial",
        "'{0}' must be partial: the compiler adds members to {1}");

    public static readonly DiagnosticDescriptor WrongBase = Fatal(
        "EEG0002",
        Declaration,
        "An early-exit network must derive from EarlyExitModule",
        "'{0}' must derive from EarlyExitModule, but {1}");

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
        "'{0}' is a file-local type, or inside one: the compiler writes its members to another file, which can't see it");

    public static readonly DiagnosticDescriptor ReservedName = Fatal(
        "EEG0010",
        Declaration,
        "The compiler writes a member of this name",
        "'{0}' can't use the name '{1}': the compiler writes a member of that name into every network");

    public static readonly DiagnosticDescriptor CriterionOnFinalExit = Fatal(
        "EEG0011",
        Declaration,
        "The last exit has no criterion",
        "Exit '{0}' is the last of '{1}' and must answer whatever reaches it: expected [Exit] without a criterion");

    public static readonly DiagnosticDescriptor StaticNetwork = Fatal(
        "EEG0012",
        Declaration,
        "An early-exit network can't be static",
        "'{0}' is static: expected a class whose instances own the weights");

    public static readonly DiagnosticDescriptor AbstractNetwork = Warning(
        "EEG0013",
        Declaration,
        "An abstract network can't be created",
        "'{0}' is abstract: nothing can create it; put [EarlyExitNetwork] on the class that is created");

    public static readonly DiagnosticDescriptor NetworkOfNetwork = Fatal(
        "EEG0014",
        Declaration,
        "An early-exit network can't derive from another",
        "'{0}' derives from '{1}', which is an early-exit network itself: the compiler would write the same members into both");

    public static readonly DiagnosticDescriptor SpreadOverFiles = Warning(
        "EEG0015",
        Declaration,
        "Stages and exits belong in one file",
        "'{0}' stands in another file than '{1}': stages and exits of '{2}' run in declaration order, which files leave open");

    public static readonly DiagnosticDescriptor AssignedAfterRegistration = Warning(
        "EEG0016",
        Declaration,
        "A module assigned in a constructor is not registered",
        "'{0}' of '{1}' is assigned after registration, so that it is neither saved nor trained: call RegisterComponents() after it");

    public static readonly DiagnosticDescriptor SharedModule = Warning(
        "EEG0017",
        Declaration,
        "Two parts are the same module",
        "'{0}' and '{1}' of '{2}' are the same module: they share their weights, which are registered under both names");

    public static readonly DiagnosticDescriptor MissingNetworkAttribute = Warning(
        "EEG0018",
        Declaration,
        "A class with stages needs [EarlyExitNetwork]",
        "'{0}' has a [Stage] or [Exit] but no [EarlyExitNetwork]: nothing is generated for it, and calling it throws");

    public static readonly DiagnosticDescriptor SeveralMarks = Fatal(
        "EEG0019",
        Declaration,
        "A member is one stage or one exit",
        "'{0}' of '{1}' has more than one of [Stage] and [Exit]: expected exactly one");

    public static readonly DiagnosticDescriptor StaticMember = Warning(
        "EEG0060",
        Declaration,
        "A stage or exit should not be static",
        "'{0}' of '{1}' is static: its module is not registered, so that it is neither saved nor trained nor moved to another device");

    public static readonly DiagnosticDescriptor ModuleAtEachCall = Warning(
        "EEG0061",
        Declaration,
        "A property makes a new module each time",
        "'{0}' of '{1}' makes a new module, with new weights, each time that it is read: expected '{{ get; }} =' instead of '=>'");

    public static readonly DiagnosticDescriptor NeverAssigned = Warning(
        "EEG0062",
        Declaration,
        "A stage or exit has no module",
        "'{0}' of '{1}' is never given a module: whatever calls it throws");

    public static readonly DiagnosticDescriptor OverriddenForward = Warning(
        "EEG0063",
        Declaration,
        "A network should not override forward",
        "'{0}' overrides forward: calling the module no longer leaves at any exit, while its pipelines still do");

    public static readonly DiagnosticDescriptor ExtraInputUnknown = Fatal(
        "EEG0070",
        Declaration,
        "A further parameter is an extra input of the network",
        "Parameter '{0}' of '{1}' is no extra input of '{2}': expected the name of one, declared as [ExtraInput(\"{0}\", …)]");

    public static readonly DiagnosticDescriptor ExtraInputInvalid = Fatal(
        "EEG0071",
        Declaration,
        "An extra input needs a name of its own, a shape and a type",
        "Extra input '{0}' of '{1}' can't be compiled: {2}");

    public static readonly DiagnosticDescriptor ExtraInputUnused = Warning(
        "EEG0072",
        Declaration,
        "An extra input is never used",
        "Extra input '{0}' of '{1}' must be passed by every caller, but no stage, exit or gate has a parameter of that name");
}
