using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

using System;
using EarlyExitGen.Criteria;

namespace Networks;

/// <summary>A criterion of the author's own, and two exits after one stage.</summary>
[EarlyExitNetwork(Classes = 3, Input = [5])]
public sealed partial class CustomCriterion : EarlyExitModule
{
    [Stage]
    private readonly Sequential trunk = Sequential(Linear(5, 6), ReLU());

    [Exit<LargestLogit>(2.5)]
    private readonly Linear narrow = Linear(6, 3);

    [Exit(Criterion.Entropy, 0.25)]
    private readonly Sequential wide = Sequential(Linear(6, 9), ReLU(), Linear(9, 3));

    [Stage]
    private readonly Linear more = Linear(6, 6);

    [Exit]
    private readonly Linear final = Linear(6, 3);

    public readonly struct LargestLogit : IExitCriterion
    {
        public static string Name => "largest logit";

        public static float Score(ReadOnlySpan<float> logits)
        {
            float largest = float.NegativeInfinity;
            foreach (float logit in logits) largest = MathF.Max(largest, logit);
            return largest;
        }

        public static bool ShouldExit(float score, float threshold) => score > threshold;
    }
}
