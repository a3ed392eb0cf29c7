using System.Collections.Immutable;

namespace TrainingStrategies;

/// <summary>What one run ended with.</summary>
/// <param name="Contender">The contender's name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Accuracies">Each exit's accuracy on the test images, from 0 to 1.</param>
/// <param name="CpuTime">The processor time to train and to test after each epoch; null for a run that was interrupted.</param>
internal sealed record RunResult(string Contender, int Seed, ImmutableArray<double> Accuracies, TimeSpan? CpuTime)
{
    /// <summary>The mean over the exits.</summary>
    public double MeanAccuracy => Accuracies.Average();
}
