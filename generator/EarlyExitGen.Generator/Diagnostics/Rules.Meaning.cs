using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor HeadEndsInSoftmax = Warning(
        "EEG0040",
        Meaning,
        "A head gives logits, not probabilities",
        "Exit '{0}' ends in {1}: expected logits, since every criterion applies the softmax itself");

    public static readonly DiagnosticDescriptor NormOnLogits = Warning(
        "EEG0041",
        Meaning,
        "A head shouldn't normalise its logits",
        "Exit '{0}' ends in {1}: expected logits as the last layer gives them; normalised logits say nothing about how sure the head is");

    public static readonly DiagnosticDescriptor ExitCannotPay = Warning(
        "EEG0042",
        Meaning,
        "An exit costs more than everything after it",
        "Exit '{0}' can't pay for itself: its head costs {1} MACs, but all that an input saves by leaving there is {2}");

    public static readonly DiagnosticDescriptor IdenticalNeighbours = Warning(
        "EEG0043",
        Meaning,
        "Two neighbouring exits are identical",
        "Exit '{0}' repeats exit '{1}': same stage, same layers, same criterion and threshold");

    public static readonly DiagnosticDescriptor DroppedLogits = Warning(
        "EEG0044",
        Meaning,
        "A head shouldn't drop its logits",
        "Exit '{0}' ends in {1}: in training it zeroes logits at random, and in the compiled pipelines it does nothing");

    public static readonly DiagnosticDescriptor AttentionOverBatch = Warning(
        "EEG0046",
        Meaning,
        "TorchSharp's attention takes the sequence first",
        "'{0}' gets a tensor whose batch comes first: expected [sequence, batch, features], as transpose(0, 1) gives it; like this the rows "
        + "of a batch attend to each other");

    public static readonly DiagnosticDescriptor TensorStaysBehind = Warning(
        "EEG0047",
        Meaning,
        "A parameter in a property stays behind",
        "'{0}' of '{1}' stays behind when the network moves to another device or type: expected a field, or a public property with a setter");
}
