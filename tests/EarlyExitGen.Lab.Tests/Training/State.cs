using System.Globalization;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>A module's parameters and buffers as text in which one different bit shows.</summary>
internal static class State
{
    public static string Of(nn.Module module) => string.Join(
        "\n",
        module.state_dict().Select(named => string.Create(
            CultureInfo.InvariantCulture,
            $"{named.Key} [{string.Join(", ", named.Value.shape)}] {Convert.ToHexString(SHA256.HashData(BytesOf(named.Value)))}")));

    public static byte[] BytesOf(Tensor tensor) => tensor.detach().cpu().contiguous().bytes.ToArray();
}
