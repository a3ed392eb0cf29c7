using System.ComponentModel;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Batches with many logits on a GPU: an exit's criteria are computed there, only the scores and labels come to the host, and the answers
/// go from the exits to the caller's tensor without it.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    /// <summary>
    /// The fewest logits, rows times classes, that an exit scores on the device. The host takes about a nanosecond for each, most of it for
    /// the exponential, and a fifth of one for its 4 bytes over PCIe at 20 GB/s; on the device it is about ten small operations, which cost
    /// 3 to 5 µs each to launch, whatever their size: even at some 40,000. Reckoned, not measured.
    /// </summary>
    private const int FewestLogitsOnDevice = 1 << 15;

    private readonly bool hasDeviceScores;
    private DeviceAnswers? deviceAnswers;
    private DeviceScores? deviceScores;

    // Whether the batch under way has its answers on the device. An exit with few rows left may be scored on the host all the same.
    private bool answersOnDevice;

    /// <summary>For tests with small batches: another number than <see cref="FewestLogitsOnDevice"/>.</summary>
    internal int ScoresOnDeviceFrom { get; set; } = FewestLogitsOnDevice;

    /// <summary>Answers all rows of a batch that are left, or lets them go on, by scores that are computed on the device, if that pays.</summary>
    /// <returns>Whether it did; otherwise the host decides by the logits.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected bool SettleOnDevice(TensorSlot head, int exit, ExitPolicy policy)
    {
        if (!answersOnDevice || !HasManyLogits(standing)) return false;
        TensorSlot logits = KeepOnDevice(head, exit);
        deviceScores!.Run(logits, exit, standing, policy.Temperature(exit), PinsLogits);
        stayed = 0;
        Span<long> present = Places();
        for (int index = 0; index < Remaining; index++)
        {
            int place = (int)present[index];
            int label = deviceScores.LabelAt(place);
            deviceScores.Visit(place);
            if (exit == Plan.Exits.Length - 1)
            {
                if (State.KeepLastScored(rows[index], label, deviceScores.Confidence)) deviceAnswers!.Answer(rows[index], place);
                continue;
            }

            bool leaves = deviceScores.Leaves(policy, exit);
            float score = deviceScores.FirstScore;
            if (leaves) State.KeepScored(rows[index], exit, score, label);
            if (leaves || State.RememberScored(rows[index], exit, score, label, deviceScores.Confidence))
            {
                deviceAnswers!.Answer(rows[index], place);
            }

            if (!leaves) Stay(index);
        }

        return true;
    }

    private bool HasManyLogits(int count) => (long)count * Plan.Classes >= ScoresOnDeviceFrom;

    /// <summary>Decides where the answers of a batch are kept.</summary>
    private void StartOnDevice(int count)
    {
        answersOnDevice = hasDeviceScores
            && HasManyLogits(count)
            && (ActsAsOnDevice || Device.type != TorchSharp.DeviceType.CPU);
        if (!answersOnDevice) return;
        deviceAnswers ??= new DeviceAnswers(Plan.Exits.Length);
        deviceScores ??= new DeviceScores(Plan);
        deviceAnswers.Begin(count);
        deviceScores.Prepare(Device);
    }

    private TensorSlot KeepOnDevice(TensorSlot head, int exit)
    {
        RequireLogitsOf(head.Handle, exit, standing);
        return deviceAnswers!.Keep(head.Handle, standing, Device);
    }

    private void AnswerOnDevice(int row, long place)
    {
        if (answersOnDevice) deviceAnswers!.Answer(row, place);
    }

    private void ClearOnDevice()
    {
        deviceAnswers?.Clear();
        deviceScores?.Clear();
    }

    /// <summary>Lets go of what is on the device, which may be another one from now on.</summary>
    private void ReleaseOnDevice()
    {
        deviceAnswers?.Dispose();
        deviceScores?.Dispose();
    }
}
