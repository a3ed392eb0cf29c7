using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// The early exits learn from the last exit's answers as well as from the labels: an early exit's loss becomes
/// (1 − weight)·loss + weight·T²·KL(teacher ‖ student) at temperature T, averaged over the batch. No gradient flows into the teacher
/// (Hinton et al., 2015; Liu et al., FastBERT, 2020). Immutable and thread-safe.
/// </summary>
public sealed record SelfDistillation
{
    /// <summary>Makes one.</summary>
    /// <param name="temperature">Softens both distributions; finite and above 0.</param>
    /// <param name="weight">The teacher's share of the loss, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Either is out of range.</exception>
    public SelfDistillation(double temperature = 2, double weight = 0.5)
    {
        if (!double.IsFinite(temperature) || temperature <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature is finite and above 0.");
        }

        if (weight is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(weight), weight, "A weight lies between 0 and 1.");
        Temperature = temperature;
        Weight = weight;
    }

    /// <summary>Softens both distributions.</summary>
    public double Temperature { get; }

    /// <summary>The teacher's share of the loss.</summary>
    public double Weight { get; }

    /// <summary>An early exit's loss.</summary>
    /// <param name="labelled">Its loss against the labels.</param>
    /// <param name="student">Its logits [N, classes].</param>
    /// <param name="teacher">The last exit's logits [N, classes].</param>
    internal Tensor Loss(Tensor labelled, Tensor student, Tensor teacher)
    {
        Tensor studentLog = nn.functional.log_softmax(student / Temperature, 1);
        Tensor teacherLog = nn.functional.log_softmax(teacher.detach() / Temperature, 1);
        Tensor divergence = (teacherLog.exp() * (teacherLog - studentLog)).sum(1).mean();
        return (labelled * (1 - Weight)) + (divergence * (Weight * Temperature * Temperature));
    }
}
