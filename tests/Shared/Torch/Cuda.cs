using System.Diagnostics;
using TorchSharp;

namespace EarlyExitGen.Tests;

/// <summary>What a test on a GPU needs, and what of it is missing here.</summary>
internal static class Cuda
{
    private static readonly Lazy<string?> Problem = new(Find);

    /// <summary>Why there is no GPU to test on, in one sentence, or null.</summary>
    public static string? WhatIsMissing => Problem.Value;

    /// <summary>Skips the running test unless there are so many GPUs.</summary>
    public static void Require(int devices = 1)
    {
        if (WhatIsMissing is string missing) Assert.Skip(missing);
        int found = torch.cuda.device_count();
        if (found < devices) Assert.Skip($"Needs {devices} NVIDIA GPUs, and torch sees {found}.");
    }

    private static string? Find()
    {
        if (torch.cuda.is_available()) return null;
        using Process process = Process.GetCurrentProcess();
        bool hasLibrary = process.Modules.Cast<ProcessModule>()
            .Any(module => module.ModuleName.Contains("torch_cuda", StringComparison.OrdinalIgnoreCase));
        return hasLibrary
            ? "Needs an NVIDIA GPU with its driver: libtorch_cuda is loaded, but torch.cuda.is_available() is false."
            : "Needs a libtorch with CUDA: libtorch_cuda is not loaded, and torch.cuda.is_available() is false.";
    }
}
