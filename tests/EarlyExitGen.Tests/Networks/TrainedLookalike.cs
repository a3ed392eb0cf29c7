using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Networks;

/// <summary>Gives a network the statistics that training would have left, so that a wrong fold shows.</summary>
internal static class TrainedLookalike
{
    public static void Randomize(nn.Module network)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor buffer) in network.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal)) buffer.uniform_(-0.5, 0.5);
            if (name.EndsWith("running_var", StringComparison.Ordinal)) buffer.uniform_(0.5, 2);
        }

        foreach ((_, Parameter parameter) in network.named_parameters())
        {
            if (parameter.dim() == 1) parameter.uniform_(0.5, 1.5);
        }
    }
}
