namespace EarlyExitGen;

/// <summary>The criteria that come with the library. Each is a score of one row of logits and a direction.</summary>
public enum Criterion
{
    /// <summary>
    /// The largest softmax probability, in [1/C, 1]; the input leaves when it is at least the threshold. See <see cref="Criteria.Confidence"/>.
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
}
