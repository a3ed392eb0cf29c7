namespace EarlyExitGen.TorchRuntime;

/// <summary>libtorch can't be loaded. The message is one sentence that says what to install.</summary>
public sealed class LibTorchLoadException : Exception
{
    internal LibTorchLoadException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
