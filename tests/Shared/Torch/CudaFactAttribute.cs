using System.Runtime.CompilerServices;
using TorchSharp;

namespace EarlyExitGen.Tests;

/// <summary>A test that runs where torch has an NVIDIA GPU, and is skipped with the reason elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Skip = "Needs an NVIDIA GPU and TorchSharp's CUDA package: torch.cuda.is_available() is false here.";
        SkipType = typeof(CudaFactAttribute);
        SkipUnless = nameof(IsCudaAvailable);
    }

    /// <summary>Whether torch sees a GPU.</summary>
    public static bool IsCudaAvailable => torch.cuda.is_available();
}
