using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor ChannelsDoNotFit = Error(
        "EEG0030",
        Shapes,
        "The channels don't match what arrives",
        "{0} of {1} expects {2} channels, but {3} arrives");

    public static readonly DiagnosticDescriptor FeaturesDoNotFit = Error(
        "EEG0031",
        Shapes,
        "The features don't match what arrives",
        "{0} of {1} expects {2} features, but {3} arrives");

    public static readonly DiagnosticDescriptor NotFlattened = Error(
        "EEG0032",
        Shapes,
        "A linear layer reads a map that is not flattened",
        "{0} of {1} expects {2} features, but the map {3} arrives: put Flatten() before it");

    public static readonly DiagnosticDescriptor KernelLargerThanMap = Error(
        "EEG0033",
        Shapes,
        "The kernel is larger than its map",
        "{0} of {1} has a kernel that spans {2}, but the padded map has only {3}");

    public static readonly DiagnosticDescriptor MapShrinksToNothing = Error(
        "EEG0034",
        Shapes,
        "The map shrinks to nothing",
        "{0} of {1} needs a map of at least {2}, but {3} arrives: nothing would be left");

    public static readonly DiagnosticDescriptor RankDoesNotFit = Error(
        "EEG0035",
        Shapes,
        "The number of dimensions doesn't match what arrives",
        "{0} of {1} expects {2}, but {3} arrives");

    public static readonly DiagnosticDescriptor OutputIsNotClasses = Error(
        "EEG0036",
        Shapes,
        "A head must give one logit per class",
        "Exit '{0}' must give {1} logits, one per class, but gives {2}");

    public static readonly DiagnosticDescriptor InputNotPositive = Error(
        "EEG0037",
        Shapes,
        "Every dimension of the input must be positive",
        "'{0}' declares Input = {1}: expected the shape of one sample without its batch, every dimension at least 1");

    public static readonly DiagnosticDescriptor InputMissing = Info(
        "EEG0038",
        Shapes,
        "The input shape is not declared",
        "'{0}' declares no Input: shapes and costs stay unknown, and there is no CPU pipeline; expected for example Input = [1, 28, 28]");

    public static readonly DiagnosticDescriptor ImpossibleArgument = Error(
        "EEG0039",
        Shapes,
        "No input fits these arguments",
        "{0} of {1} can't work: expected {2}, but got {3}");
}
