using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Benchmarks.Networks;

/// <summary>The mean of all tokens, classified.</summary>
public sealed class TokenClassifier : Module<Tensor, Tensor>
{
    private readonly Linear classifier;

    public TokenClassifier(int features, int classes)
        : base(nameof(TokenClassifier))
    {
        classifier = Linear(features, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using Tensor mean = input.mean([1]);
        return classifier.call(mean);
    }
}
