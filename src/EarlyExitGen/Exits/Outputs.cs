using EarlyExitGen.Criteria;

namespace EarlyExitGen.Exits;

/// <summary>What a row of an exit's values means for each kind of output.</summary>
internal static class Outputs
{
    public static int Label(OutputKind kind, ReadOnlySpan<float> logits) => kind == OutputKind.Regression ? -1 : ArgMax.Of(logits);

    /// <summary>How sure a row is, whatever the exit's own criterion. NaN for regression, which can't say.</summary>
    public static float Confidence(OutputKind kind, ReadOnlySpan<float> logits, float temperature) => kind switch
    {
        OutputKind.Classification => TemperatureScaling.Score<Confidence>(logits, temperature),
        OutputKind.MultiLabel => TemperatureScaling.Score<LabelConfidence>(logits, temperature),
        _ => float.NaN,
    };

    public static bool HasNaN(ReadOnlySpan<float> logits) => float.IsNaN(Softmax.Max(logits));

    /// <summary>Whether two exits give the same answer: see <see cref="Criterion.Patience"/>. Neither has a NaN.</summary>
    public static bool Agree(NetworkPlan plan, ReadOnlySpan<float> before, ReadOnlySpan<float> now)
    {
        if (plan.Output == OutputKind.Classification) return ArgMax.Of(before) == ArgMax.Of(now);
        for (int index = 0; index < now.Length; index++)
        {
            bool agree = plan.Output == OutputKind.MultiLabel
                ? before[index] > 0 == now[index] > 0
                : before[index] == now[index] || MathF.Abs(before[index] - now[index]) <= plan.AgreementTolerance;
            if (!agree) return false;
        }

        return true;
    }

    /// <summary>sigmoid(gate), in [0, 1]; NaN when the logits that the gate would let go have a NaN.</summary>
    public static float GateScore(float gate, ReadOnlySpan<float> logits) =>
        HasNaN(logits) ? float.NaN : 1 / (1 + MathF.Exp(-gate));
}
