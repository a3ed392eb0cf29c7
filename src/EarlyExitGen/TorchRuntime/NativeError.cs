using System.Runtime.InteropServices;

namespace EarlyExitGen.TorchRuntime;

/// <summary>Turns the native library's error, kept per thread, into an exception.</summary>
internal static unsafe class NativeError
{
    /// <summary>A new tensor, unless the call failed.</summary>
    public static nint Check(nint tensor) => tensor != 0 ? tensor : throw Take();

    /// <summary>Throws if the call before it, one without a result, failed.</summary>
    public static void ThrowIfAny()
    {
        nint message = LibTorchSharp.TakeLastError();
        if (message != 0) throw Exception(message);
    }

    private static InvalidOperationException Take() => Exception(LibTorchSharp.TakeLastError());

    // libtorch appends its own call stack after the first line.
    private static InvalidOperationException Exception(nint message)
    {
        string text = Marshal.PtrToStringUTF8(message) ?? "libtorch returned no tensor and no reason";
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return new InvalidOperationException(end < 0 ? text : text[..end]);
    }
}
