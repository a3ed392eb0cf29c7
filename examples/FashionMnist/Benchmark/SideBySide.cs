using EarlyExitGen;
using FashionMnist.Evaluation;
using static TorchSharp.torch;

namespace FashionMnist.Benchmark;

/// <summary>
/// Times the compiled pipeline against <see cref="HandWrittenNet"/> in the same process: every image goes to both, one right after
/// the other and taking turns in going first, so that whatever else the machine does meets both alike.
/// </summary>
internal sealed class SideBySide(
    FashionNet.TorchPipeline generated, HandWrittenNet handWritten, IReadOnlyList<Tensor> images, CancellationToken cancellation)
{
    private const int Disagreement = -1;

    /// <summary>Measures the images that leave at each exit, and then all images at full depth.</summary>
    /// <param name="policy">The thresholds of both.</param>
    /// <param name="calls">Timed calls of each contender in each comparison; half as many go before them untimed.</param>
    public IReadOnlyList<Comparison> Run(ExitPolicy policy, int calls)
    {
        using Tensor logits = empty(1, policy.Network.Classes);
        float[] handWrittenLogits = new float[policy.Network.Classes];
        ExitDecision Generated(Tensor image) => generated.Forward(image, logits);
        ExitDecision HandWritten(Tensor image) => handWritten.Classify(image, handWrittenLogits);
        Comparison Compare(string path, IReadOnlyList<Tensor> chosen) =>
            Measure(path, chosen, new Contender(Generated, calls), new Contender(HandWritten, calls), calls);

        UsePolicy(policy);
        int[] exits = [.. images.Select(image => SameExit(Generated(image), HandWritten(image)))];
        List<Comparison> comparisons = [];
        for (int exit = 0; exit < policy.Network.Exits.Length; exit++)
        {
            Tensor[] leaving = [.. images.Where((_, index) => exits[index] == exit)];
            if (leaving.Length > 0) comparisons.Add(Compare($"leave at '{policy.Network.Exits[exit].Name}'", leaving));
        }

        UsePolicy(NeverExit.For(policy.Network));
        comparisons.Add(Compare("run at full depth", images));
        return comparisons;
    }

    // The compiled code folds the normalisation into the weights, which moves a score that lies on a threshold to its other side.
    private static int SameExit(ExitDecision generated, ExitDecision handWritten) =>
        generated.Exit == handWritten.Exit ? generated.Exit : Disagreement;

    private void UsePolicy(ExitPolicy policy)
    {
        generated.Policy = policy;
        handWritten.EasyThreshold = policy[0];
        handWritten.MiddleThreshold = policy[1];
    }

    private Comparison Measure(string path, IReadOnlyList<Tensor> chosen, Contender generated, Contender handWritten, int calls)
    {
        for (int call = 0; call < calls / 2; call++)
        {
            generated.Call(chosen[call % chosen.Count]);
            handWritten.Call(chosen[call % chosen.Count]);
        }

        for (int call = 0; call < calls; call++)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor image = chosen[call % chosen.Count];
            (Contender first, Contender second) = call % 2 == 0 ? (generated, handWritten) : (handWritten, generated);
            first.TimedCall(image);
            second.TimedCall(image);
        }

        return new Comparison(path, generated.Measured(), handWritten.Measured());
    }
}
