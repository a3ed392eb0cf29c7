using System.Reflection;
using System.Runtime.InteropServices;
using EarlyExitGen.Build;
using EarlyExitGen.TorchRuntime;
using TorchSharp;

namespace EarlyExitGen.Tests.NativeLibraries;

/// <summary>The copy of libLibTorchSharp.so that the build makes on Linux machines with an older libstdc++.</summary>
public sealed class LoadableLibTorchSharpTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("EarlyExitGen");

    private static string PackageFile { get; } = Path.Combine(
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "TorchSharpPackage").Value!,
        "runtimes/linux-x64/native/libLibTorchSharp.so");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Build_output_computes_with_tensors()
    {
        using torch.Tensor sum = torch.ones(2, 3).sum();
        Assert.Equal(6, sum.item<float>());
    }

    [Fact]
    public void Copy_of_the_known_file_loads_and_leaves_the_input_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libLibTorchSharp.so is a Linux library.");
        LibTorch.EnsureLoaded();
        byte[] library = File.ReadAllBytes(PackageFile);
        byte[] before = [.. library];

        byte[]? copy = LoadableLibTorchSharp.Make(library);

        Assert.NotNull(copy);
        Assert.Equal(before, library);
        Assert.Equal(library.Length, copy.Length);
        string path = Path.Combine(folder.FullName, "libLibTorchSharp.so");
        LoadableLibTorchSharp.WriteUnlessSame(path, copy);
        nint handle = NativeLibrary.Load(path);
        Assert.True(NativeLibrary.TryGetExport(handle, "THSTensor_relu", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x3de66)]
    [InlineData(2_000_000)]
    public void File_that_differs_anywhere_from_the_known_one_is_left_alone(int offset)
    {
        byte[] library = File.ReadAllBytes(PackageFile);
        library[offset] ^= 1;

        Assert.Null(LoadableLibTorchSharp.Make(library));
    }

    [Fact]
    public void Truncated_or_empty_file_is_left_alone()
    {
        Assert.Null(LoadableLibTorchSharp.Make(File.ReadAllBytes(PackageFile)[..^1]));
        Assert.Null(LoadableLibTorchSharp.Make([]));
    }

    [Fact]
    public void Writing_replaces_the_name_and_not_a_file_that_is_linked_to_it()
    {
        string cached = Path.Combine(folder.FullName, "cached");
        string output = Path.Combine(folder.FullName, "output");
        File.WriteAllBytes(cached, [1]);
        Assert.SkipUnless(HardLink.TryCreate(cached, output), "This file system has no hard links.");

        LoadableLibTorchSharp.WriteUnlessSame(output, [2]);

        Assert.Equal([1], File.ReadAllBytes(cached));
        Assert.Equal([2], File.ReadAllBytes(output));
        Assert.Equal(2, folder.EnumerateFiles().Count());
    }

    [Fact]
    public void Writing_the_same_bytes_again_keeps_the_file()
    {
        string path = Path.Combine(folder.FullName, "new", "library");
        LoadableLibTorchSharp.WriteUnlessSame(path, [1, 2]);
        DateTime longAgo = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, longAgo);

        LoadableLibTorchSharp.WriteUnlessSame(path, [1, 2]);

        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(path));
    }
}
