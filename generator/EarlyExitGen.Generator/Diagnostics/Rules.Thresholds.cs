using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor ThresholdNotFinite = Warning(
        "EEG0020",
        Thresholds,
        "A threshold should be a finite number",
        "The threshold of exit '{0}' is {1}, so that the exit {2}: expected a number between {3} and {4}");

    public static readonly DiagnosticDescriptor ThresholdOutsideRange = Warning(
        "EEG0021",
        Thresholds,
        "A threshold lies outside its criterion's range",
        "The threshold of exit '{0}' is {1}, so that the exit {2}: {5} lies between {3} and {4}");

    public static readonly DiagnosticDescriptor ThresholdOnEdge = Warning(
        "EEG0022",
        Thresholds,
        "A threshold lies on the edge of its criterion's range",
        "The threshold of exit '{0}' is {1}, so that the exit {2}: expected a number between {3} and {4}");

    public static readonly DiagnosticDescriptor UnreachableExit = Warning(
        "EEG0023",
        Thresholds,
        "An exit can't be reached",
        "Exit '{0}' can't be reached: {1}");

    public static readonly DiagnosticDescriptor UnknownCriterion = Fatal(
        "EEG0024",
        Thresholds,
        "There is no such criterion",
        "Exit '{0}' of '{1}' names no criterion: expected one of Criterion, such as Entropy, or [Exit<TCriterion>(threshold)] with a struct");

    public static readonly DiagnosticDescriptor GateMissing = Fatal(
        "EEG0025",
        Thresholds,
        "A gate must be a member of the network",
        "Exit '{0}' {1}: expected Gate = nameof(member), a module or a method from tensor to tensor");

    public static readonly DiagnosticDescriptor CriterionDoesNotSuit = Fatal(
        "EEG0026",
        Thresholds,
        "A criterion must suit what the network gives",
        "Exit '{0}' can't use {1} for {2}: expected one of {3}, or a criterion of your own");

    public static readonly DiagnosticDescriptor AnswersDoNotFit = Fatal(
        "EEG0027",
        Thresholds,
        "How answers combine must suit what the network gives",
        "'{0}' declares {1} = {2}: expected {3}");

    public static readonly DiagnosticDescriptor GateIsNotOneValue = Error(
        "EEG0028",
        Thresholds,
        "A gate must give one value for each input",
        "Gate '{0}' must give one value, [1], but gives {1}");

    public static readonly DiagnosticDescriptor StrayCondition = Fatal(
        "EEG0029",
        Thresholds,
        "A further condition needs an exit with a criterion",
        "'{0}' of '{1}' has an [ExitCondition] but no [Exit] with a criterion that it could join");

    public static readonly DiagnosticDescriptor OneClass = Warning(
        "EEG0045",
        Thresholds,
        "A criterion needs more than one class",
        "Exit '{0}' can't tell sure answers from unsure ones: over one class, the {1} says nothing about the input");

    public static readonly DiagnosticDescriptor UnusableCriterion = Fatal(
        "EEG0064",
        Thresholds,
        "A criterion is a struct that implements IExitCriterion",
        "'{0}' can't be the criterion of exit '{1}': expected a struct that implements IExitCriterion, but it is {2}");
}
