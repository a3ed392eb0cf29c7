using EarlyExitGen.TorchRuntime;

namespace EarlyExitGen.Tests.NativeLibraries;

public sealed class LibTorchTests
{
    [Fact]
    public void Loads_more_than_once()
    {
        LibTorch.EnsureLoaded();
        LibTorch.EnsureLoaded();
    }

    [Theory]
    [InlineData("linux-x64")]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    public void Missing_libtorch_names_the_package(string runtime)
    {
        TypeInitializationException problem = new("TorchSharp.torch", new NotSupportedException("a page of traces\nand more"));

        string sentence = LibTorch.Explain(problem, runtime);

        Assert.Contains($"libtorch-cpu-{runtime}", sentence, StringComparison.Ordinal);
        AssertIsOneSentence(sentence);
    }

    [Fact]
    public void Too_old_libstdcxx_names_what_to_install()
    {
        DllNotFoundException problem = new("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found");

        string sentence = LibTorch.Explain(problem, "linux-x64");

        Assert.Contains("libstdc++ of GCC 13", sentence, StringComparison.Ordinal);
        AssertIsOneSentence(sentence);
    }

    [Fact]
    public void Foreign_library_names_both_packages()
    {
        string sentence = LibTorch.Explain(new EntryPointNotFoundException("THSTensor_relu"), "linux-x64");

        Assert.Contains("libtorch-cpu-linux-x64 and TorchSharp 0.107.0", sentence, StringComparison.Ordinal);
        AssertIsOneSentence(sentence);
    }

    [Fact]
    public void Unsupported_machine_is_told_what_works_there()
    {
        string sentence = LibTorch.Explain(new NotSupportedException(), "linux-arm64");

        Assert.Contains("no libtorch for linux-arm64", sentence, StringComparison.Ordinal);
        Assert.Contains("CpuPipeline", sentence, StringComparison.Ordinal);
        AssertIsOneSentence(sentence);
    }

    private static void AssertIsOneSentence(string text)
    {
        Assert.EndsWith(".", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text);
        Assert.DoesNotContain(". ", text, StringComparison.Ordinal);
    }
}
