using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>What a policy does with shifted images.</summary>
/// <param name="Shift">The shift, in words.</param>
/// <param name="Accuracy">With early exits.</param>
/// <param name="FullDepthAccuracy">Of the last exit.</param>
/// <param name="EarlyRate">The share that leaves before the last exit.</param>
/// <param name="AverageCost">In the cost model's unit.</param>
public sealed record ShiftEvaluation(string Shift, double Accuracy, double FullDepthAccuracy, double EarlyRate, double AverageCost)
{
    /// <summary>Evaluates a policy on images as they are and under noise, blur, rotation and loss of contrast.</summary>
    /// <param name="network">The network, of images [C, H, W].</param>
    /// <param name="images">[N, C, H, W].</param>
    /// <param name="labels">N classes, int64.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="costs">What an exit costs; the compiler's MACs when null.</param>
    /// <param name="seed">Of the noise.</param>
    public static ImmutableArray<ShiftEvaluation> Evaluate(
        EarlyExitModule network, Tensor images, Tensor labels, ExitPolicy policy, CostModel? costs = null, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(policy);
        double deviation = images.to(ScalarType.Float64).std().item<double>();
        (string Name, Func<Tensor> Make)[] shifts =
        [
            ("none", images.alias),
            ("noise, 0.25 of the pixels' deviation", () => ImageShift.Noise(images, 0.25 * deviation, seed)),
            ("noise, 0.75 of the pixels' deviation", () => ImageShift.Noise(images, 0.75 * deviation, seed)),
            ("blur, 0.7 pixels", () => ImageShift.Blur(images, 0.7)),
            ("blur, 1.5 pixels", () => ImageShift.Blur(images, 1.5)),
            ("rotation, 15°", () => ImageShift.Rotate(images, 15)),
            ("rotation, 45°", () => ImageShift.Rotate(images, 45)),
            ("contrast, 0.6", () => ImageShift.Contrast(images, 0.6)),
            ("contrast, 0.3", () => ImageShift.Contrast(images, 0.3)),
        ];
        return [.. shifts.Select(shift =>
        {
            using DisposeScope scope = NewDisposeScope();
            PolicyEvaluation result = Evaluator.Evaluate(RecordedLogits.Record(network, shift.Make(), labels), policy, costs);
            return new ShiftEvaluation(
                shift.Name, result.Accuracy, result.FullDepthAccuracy, 1 - result.Exits[^1].Share, result.AverageCost);
        })];
    }
}
