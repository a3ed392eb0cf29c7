using System.Diagnostics;
using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.NativeLibraries;

public sealed class NnpackTests
{
    [Fact]
    public async Task Small_convolutions_write_nothing_to_standard_error()
    {
        // libtorch writes to the process's own stream, so that another process has to be listened to.
        using Process process = Process.Start(new ProcessStartInfo
        {
            FileName = "dotnet",
            ArgumentList = { typeof(NnpackTests).Assembly.Location, "-method", $"{typeof(NnpackTests).FullName}.{nameof(Convolutions_run)}" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);

        Assert.Contains("Total: 1, Errors: 0, Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NNPACK", await errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Convolutions_run()
    {
        using FashionNet network = new();
        network.eval();
        using Tensor image = randn(1, 1, 28, 28);
        for (int call = 0; call < 3; call++)
        {
            using ExitLogits all = network.ForwardAll(image);
            Assert.Equal(3, all.Count);
        }
    }
}
