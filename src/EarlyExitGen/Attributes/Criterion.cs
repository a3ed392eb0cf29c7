namespace EarlyExitGen;

/// <summary>
/// The criteria that come with the library: a score and the direction in which it is compared. All score a row of logits but
/// <see cref="Patience"/>, which looks at the exits before, and <see cref="Gate"/>, which looks at the features.
/// </summary>
public enum Criterion
{
    /// <summary>
    /// The largest softmax probability, in [1/C, 1]; the input leaves when it is at least the threshold. See <see cref="Criteria.Confidence"/>.
    /// For several labels, how sure the least sure of them is, in [1/2, 1]. See <see cref="Criteria.LabelConfidence"/>.
    /// </summary>
    Confidence,

    /// <summary>
    /// The entropy of the softmax in nats, in [0, ln C]; the input leaves when it is at most the threshold. See <see cref="Criteria.Entropy"/>.
    /// </summary>
    Entropy,

    /// <summary>
    /// The difference between the two largest softmax probabilities, in [0, 1]; the input leaves when it is at least the threshold.
    /// See <see cref="Criteria.Margin"/>.
    /// </summary>
    Margin,

    /// <summary>
    /// The entropy of the softmax as a share of the largest possible, in [0, 1]; the input leaves when it is at most the threshold.
    /// See <see cref="Criteria.NormalizedEntropy"/>.
    /// </summary>
    NormalizedEntropy,

    /// <summary>
    /// The negative log-sum-exp of the logits, without bounds; the input leaves when it is at most the threshold.
    /// See <see cref="Criteria.Energy"/>.
    /// </summary>
    Energy,

    /// <summary>
    /// How many exits in a row, this one included, have given the same answer, in 1, 2, …; the input leaves when it is at least the
    /// threshold. Zhou et al., "BERT Loses Patience: Fast and Robust Inference with Early Exit", 2020, whose patience is one less.
    /// </summary>
    Patience,

    /// <summary>
    /// The sigmoid of a module on the stage's features that was trained to know when the exit is right, in [0, 1]; the input leaves when
    /// it is at least the threshold. See <see cref="ExitAttribute.Gate"/>. Xin et al., "BERxiT: Early Exiting for BERT with Better
    /// Fine-Tuning and Extension to Regression", 2021.
    /// </summary>
    Gate,
}
