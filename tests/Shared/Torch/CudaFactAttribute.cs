using System.Runtime.CompilerServices;

namespace EarlyExitGen.Tests;

/// <summary>A test that runs where torch has an NVIDIA GPU, and is skipped elsewhere for the reason that <see cref="Cuda"/> gives.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Skip = Cuda.WhatIsMissing ?? "A GPU is there.";
        SkipType = typeof(CudaFactAttribute);
        SkipUnless = nameof(IsCudaAvailable);
    }

    /// <summary>Whether torch sees a GPU.</summary>
    public static bool IsCudaAvailable => Cuda.WhatIsMissing is null;
}
