namespace EarlyExitGen.Generator.Model;

/// <summary>The endings of the files that the compiler writes for a network.</summary>
internal static class GeneratedFile
{
    public const string Module = ".Module.g.cs";
    public const string TorchPipeline = ".TorchPipeline.g.cs";
    public const string CpuPipeline = ".CpuPipeline.g.cs";

    /// <summary>Whether a file is one of them, and its members the compiler's own.</summary>
    public static bool Is(string path) =>
        path.EndsWith(Module, StringComparison.Ordinal)
        || path.EndsWith(TorchPipeline, StringComparison.Ordinal)
        || path.EndsWith(CpuPipeline, StringComparison.Ordinal);
}
