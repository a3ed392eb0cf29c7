namespace EarlyExitGen;

/// <summary>What the values that a network's heads give stand for.</summary>
public enum OutputKind
{
    /// <summary>Logits of classes, of which one is right.</summary>
    Classification,

    /// <summary>Logits of labels, each of which holds or does not; the probability of a label is the sigmoid of its logit.</summary>
    MultiLabel,

    /// <summary>Quantities, given as they are.</summary>
    Regression,
}
