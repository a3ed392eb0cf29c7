namespace FashionMnist.Training;

/// <summary>How far training is.</summary>
/// <param name="Step">The steps taken, from 1.</param>
/// <param name="Steps">The steps of the whole training.</param>
/// <param name="StepsPerEpoch">The steps in which every image is seen once.</param>
/// <param name="Loss">The joint loss of the last batch.</param>
internal readonly record struct TrainingStep(int Step, int Steps, int StepsPerEpoch, double Loss)
{
    /// <summary>The epochs begun so far, from 1.</summary>
    public int Epoch => ((Step - 1) / StepsPerEpoch) + 1;

    /// <summary>The epochs of the whole training.</summary>
    public int Epochs => Steps / StepsPerEpoch;

    /// <summary>Whether every image has been seen once more.</summary>
    public bool EndsEpoch => Step % StepsPerEpoch == 0;
}
