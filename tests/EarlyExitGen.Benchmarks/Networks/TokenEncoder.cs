using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>A Transformer encoder of four layers over 32 embedded tokens, with a head after the first, the second and the last.</summary>
[EarlyExitNetwork(Classes = 4, Input = [32, Features])]
public sealed partial class TokenEncoder : EarlyExitModule
{
    private const int Features = 128;
    private const int Heads = 4;

    [Stage] private readonly EncoderLayer first = new(Features, Heads);

    [Exit(Criterion.Entropy, 0.3)] private readonly TokenClassifier early = new(Features, 4);

    [Stage] private readonly EncoderLayer second = new(Features, Heads);

    [Exit(Criterion.Entropy, 0.3)] private readonly TokenClassifier middle = new(Features, 4);

    [Stage] private readonly Sequential rest = Sequential(new EncoderLayer(Features, Heads), new EncoderLayer(Features, Heads));

    [Exit] private readonly TokenClassifier final = new(Features, 4);
}
