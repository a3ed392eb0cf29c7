using System.Buffers;
using System.Runtime.CompilerServices;

namespace EarlyExitGen.Criteria;

/// <summary>
/// Scores logits that are divided by a temperature first. Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks",
/// 2017. Pure and thread-safe.
/// </summary>
public static class TemperatureScaling
{
    private const int StackLimit = 1024;

    /// <summary>
    /// The score of logits / temperature, by way of <see cref="IExitCriterion.AtTemperature"/>. A temperature of 1 costs one comparison.
    /// </summary>
    /// <param name="logits">One value per class, unnormalised; at least one. They are not changed.</param>
    /// <param name="temperature">Above 0: see <see cref="ExitPolicy.Temperature"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Score<TCriterion>(ReadOnlySpan<float> logits, float temperature)
        where TCriterion : struct, IExitCriterion =>
        temperature == 1 ? TCriterion.Score(logits) : ScoreScaled<TCriterion>(logits, temperature);

    private static float ScoreScaled<TCriterion>(ReadOnlySpan<float> logits, float temperature)
        where TCriterion : struct, IExitCriterion
    {
        float[]? rented = logits.Length > StackLimit ? ArrayPool<float>.Shared.Rent(logits.Length) : null;
        Span<float> scaled = rented is null ? stackalloc float[StackLimit] : rented;
        scaled = scaled[..logits.Length];
        for (int index = 0; index < logits.Length; index++) scaled[index] = logits[index] / temperature;
        float score = TCriterion.Score(scaled);
        if (rented is not null) ArrayPool<float>.Shared.Return(rented);
        return TCriterion.AtTemperature(score, temperature);
    }
}
