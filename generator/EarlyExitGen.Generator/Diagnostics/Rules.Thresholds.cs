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
}
