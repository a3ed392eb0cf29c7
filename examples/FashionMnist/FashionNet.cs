using EarlyExitGen;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace FashionMnist;

/// <summary>
/// A convolutional network that answers easy images early. The members run from top to bottom: a stage computes features, and the
/// exit below it answers if it is sure enough; otherwise the image goes on to the next stage.
/// </summary>
/// <remarks>
/// The class only declares the network. The build adds the rest: <c>ForwardAll</c> to train it, <c>Freeze()</c> for the compiled
/// pipeline. <c>dotnet run -c Release --project examples/FashionMnist -- inspect</c> shows that code. The thresholds were chosen on
/// training images held out from training; they are the defaults of the pipeline's <c>Policy</c>, which can be changed between calls.
/// </remarks>
[EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
public sealed partial class FashionNet : EarlyExitModule
{
    /// <summary>Edges and textures, at half the resolution.</summary>
    [Stage]
    private readonly Sequential stem = Sequential(
        Conv2d(1, 8, 3, padding: 1, bias: false), BatchNorm2d(8), ReLU(), MaxPool2d(2));

    /// <summary>
    /// Bags, trousers and boots mostly look like nothing else. Entropy is low when one class has nearly all of the probability; it
    /// lies between 0 and ln 10 = 2.3 nats.
    /// </summary>
    [Exit(Criterion.Entropy, 0.3)]
    private readonly Sequential easy = Sequential(AvgPool2d(2), Flatten(), Linear(8 * 7 * 7, 10));

    /// <summary>Parts of clothes: sleeves, collars, heels.</summary>
    [Stage]
    private readonly Sequential body = Sequential(
        Conv2d(8, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU(), MaxPool2d(2));

    /// <summary>What is left is mostly a choice between two classes, which the margin between the best two measures.</summary>
    [Exit(Criterion.Margin, 0.8)]
    private readonly Sequential middle = Sequential(Flatten(), Linear(16 * 7 * 7, 10));

    /// <summary>More than two thirds of the network's work, spent only on pullovers that might be coats or shirts.</summary>
    [Stage]
    private readonly Sequential deep = Sequential(
        Conv2d(16, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(),
        Conv2d(32, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU());

    /// <summary>The last exit has no criterion: it always answers.</summary>
    [Exit]
    private readonly Sequential final = Sequential(Flatten(), Dropout(0.2), Linear(32 * 7 * 7, 10));
}
