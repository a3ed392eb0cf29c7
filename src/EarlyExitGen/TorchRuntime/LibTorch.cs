using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>libtorch, as a library that loads or says why not.</summary>
public static class LibTorch
{
    /// <summary>
    /// The environment variable that names a folder as for <see cref="UseFrom"/>. It counts where <see cref="EnsureLoaded"/> is called, or a
    /// network made, before TorchSharp is used otherwise.
    /// </summary>
    public const string FolderVariable = "EARLYEXITGEN_LIBTORCH";

    private const string TooOldMarker = "GLIBCXX_";
    private static readonly Lazy<Exception?> Problem = new(Load);
    private static string? folder = Environment.GetEnvironmentVariable(FolderVariable);

    /// <summary>Loads libtorch and TorchSharp's native library, unless they are loaded already. Thread-safe.</summary>
    /// <exception cref="LibTorchLoadException">They can't be loaded; the message is one sentence that says what to install.</exception>
    public static void EnsureLoaded()
    {
        if (Problem.Value is not Exception problem) return;
        throw new LibTorchLoadException(problem is LibTorchLoadException ? problem.Message : Explain(problem, Runtime()), problem);
    }

    /// <summary>
    /// Loads libtorch from another place than the program's own folder, on Linux: the folder of a Python install's torch (what
    /// <c>torch.__file__</c> is in), an unpacked libtorch, or the folder of their libraries. With CUDA where it has <c>libtorch_cuda.so</c>.
    /// </summary>
    /// <remarks>
    /// Before anything else uses TorchSharp, and once; thread-safe. The program must not bring a libtorch of its own: build it with
    /// <c>IncludesLibTorch=false</c>. A libtorch of another version than TorchSharp's is said on standard error, and refused if it lacks a
    /// function.
    /// </remarks>
    /// <param name="path">The folder.</param>
    /// <exception cref="LibTorchLoadException">
    /// It lacks a library, one does not load, or the program has or uses another libtorch; the message names the folder and what is wrong.
    /// </exception>
    public static void UseFrom(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Problem.IsValueCreated)
        {
            throw new LibTorchLoadException(
                $"libtorch can't be used from '{path}': another one is loaded already, so call UseFrom before anything uses TorchSharp.");
        }

        folder = path;
        EnsureLoaded();
    }

    // RuntimeInformation.RuntimeIdentifier names the distribution where the distribution built .NET itself.
    private static string Runtime()
    {
        string system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    private static Exception? Load()
    {
        try
        {
            if (!string.IsNullOrEmpty(folder)) LibTorchFolder.Load(folder);
        }
        catch (Exception exception) when (exception is LibTorchLoadException or DllNotFoundException)
        {
            return exception;
        }

        try
        {
            // When a library is there but can't be loaded, TorchSharp would copy all of libtorch out of the NuGet cache to try again,
            // and print a page. Asking the loader first gives its reason. What is merely not found is left to TorchSharp to find.
            Assembly torchSharp = typeof(torch).Assembly;
            NativeLibrary.TryLoad("torch_cpu", torchSharp, searchPath: null, out _);
            NativeLibrary.Load("LibTorchSharp", torchSharp, searchPath: null);
        }
        catch (DllNotFoundException exception) when (exception.Message.Contains(TooOldMarker, StringComparison.Ordinal))
        {
            return exception;
        }
        catch (DllNotFoundException)
        {
        }

        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
            torch.InitializeDeviceType(DeviceType.CPU);
            Nnpack.LeaveOutWhereItCannotRun();
            ConvolutionCheck.LeaveOneDnnOutWhereItIsWrong();
            NativeHeap.KeepFreedMemory();
            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or NotSupportedException or DllNotFoundException
                                              or BadImageFormatException or EntryPointNotFoundException)
        {
            return exception;
        }
    }

    /// <summary>The one sentence for a failed load.</summary>
    /// <param name="problem">What TorchSharp or the loader threw.</param>
    /// <param name="runtime">The runtime identifier of this process, for example <c>linux-x64</c>.</param>
    internal static string Explain(Exception problem, string runtime)
    {
        string package = $"libtorch-cpu-{runtime}";
        Exception cause = problem is TypeInitializationException { InnerException: Exception inner } ? inner : problem;
        if (runtime is not ("linux-x64" or "win-x64" or "osx-arm64"))
        {
            return $"TorchSharp has no libtorch for {runtime}: run on linux-x64, win-x64 or osx-arm64, or use a network's CpuPipeline, " +
                   "which needs no libtorch.";
        }

        if (cause.Message.Contains(TooOldMarker, StringComparison.Ordinal))
        {
            return "TorchSharp's native library needs the libstdc++ of GCC 13 (GLIBCXX_3.4.32), and this machine's is older: install " +
                   "a newer libstdc++6 (Ubuntu 24.04, Debian 13, RHEL 10 have it), or build with EarlyExitGen's LibTorch.targets, " +
                   "which make a copy that loads.";
        }

        return cause is BadImageFormatException or EntryPointNotFoundException
            ? $"The native library of TorchSharp is of another version or processor than TorchSharp itself: reference {package} and " +
              $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, and clean the output folder."
            : $"libtorch is not there: reference the NuGet package {package}, or TorchSharp-cuda-linux or TorchSharp-cuda-windows " +
              $"for an NVIDIA GPU, of the version that goes with TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}.";
    }
}
