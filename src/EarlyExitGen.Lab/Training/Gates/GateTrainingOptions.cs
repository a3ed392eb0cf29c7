namespace EarlyExitGen.Lab.Training;

/// <summary>How to train gates. Immutable; thread-safe as far as its functions are.</summary>
public sealed record GateTrainingOptions : TrainingRunOptions
{
    private const int DefaultEpochs = 5;

    /// <summary>Five epochs against agreement with the last exit.</summary>
    public GateTrainingOptions()
        : base(DefaultEpochs)
    {
    }

    /// <summary>What the gates learn to foresee.</summary>
    public GateTarget Target { get; init; }

    /// <summary>
    /// For regression: how far each value may lie from the last exit's, or from the label, to count as the same, above 0. Null for the
    /// network's <see cref="EarlyExitNetworkAttribute.AgreementTolerance"/>.
    /// </summary>
    public double? Tolerance { get; init; }
}
