using EarlyExitGen.TorchRuntime;

namespace EarlyExitGen.Tests.NativeLibraries;

/// <summary>What is wrong with a folder that libtorch is to be loaded from. That it loads from there, tests/cuda/publish.sh shows.</summary>
public sealed class LibTorchFolderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("EarlyExitGen");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        string nowhere = Path.Combine(folder.FullName, "nowhere");

        LibTorchLoadException exception = Assert.Throws<LibTorchLoadException>(() => LibTorchFolder.FindLibraries(nowhere));

        Assert.Equal($"libtorch can't be used from '{nowhere}': there is no such folder.", exception.Message);
    }

    [Fact]
    public void What_a_folder_lacks_is_named()
    {
        Make("lib/libtorch_cpu.so");

        LibTorchLoadException exception = Assert.Throws<LibTorchLoadException>(() => LibTorchFolder.FindLibraries(folder.FullName));

        Assert.Equal(
            $"libtorch can't be used from '{folder.FullName}': neither it nor its folder lib has libc10.so, libtorch.so.", exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lib/")]
    public void The_libraries_may_lie_in_the_folder_or_in_lib(string inside)
    {
        foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" }) Make(inside + name);

        Assert.Equal(
            Path.TrimEndingDirectorySeparator(Path.Combine(folder.FullName, inside)), LibTorchFolder.FindLibraries(folder.FullName));
    }

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.10.0+cu128'\ncuda: Optional[str] = '12.8'\n", "2.10.0+cu128")]
    [InlineData("build-version", "2.10.0+cpu\n", "2.10.0+cpu")]
    [InlineData("version.py", "cuda = None\n", null)]
    [InlineData("else", "", null)]
    public void The_version_is_read_where_there_is_one(string file, string text, string? expected)
    {
        File.WriteAllText(Path.Combine(folder.FullName, file), text);

        Assert.Equal(expected, LibTorchFolder.ReadVersion(Path.Combine(folder.FullName, "lib")));
    }

    [Fact]
    public void A_second_libtorch_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A folder can be named on Linux only.");
        foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" }) Make(name);
        LibTorch.EnsureLoaded();

        string loading = Assert.Throws<LibTorchLoadException>(() => LibTorchFolder.Load(folder.FullName)).Message;
        string tooLate = Assert.Throws<LibTorchLoadException>(() => LibTorch.UseFrom(folder.FullName)).Message;

        Assert.StartsWith($"libtorch can't be used from '{folder.FullName}': ", loading, StringComparison.Ordinal);
        Assert.Contains("libtorch_cpu.so is loaded already", loading, StringComparison.Ordinal);
        Assert.Contains("another one is loaded already", tooLate, StringComparison.Ordinal);
    }

    private void Make(string name)
    {
        string path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }
}
