using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// The C functions that libtorch_cpu itself exports, for what TorchSharp's library does not offer. Each may be missing: what uses them has
/// another way.
/// </summary>
/// <remarks>
/// Invariants. A tensor is the same <c>at::Tensor*</c> as in <see cref="LibTorchSharp"/>. Functions return 0, or 1 on an error, and write
/// their result through the last argument. The dispatcher takes ownership of the tensors among its arguments.
/// </remarks>
internal static unsafe class StableShim
{
    private const string LibraryName = "torch_cpu";
    private static readonly nint Library = Find();

    public static readonly delegate* unmanaged<nint, nint*, int> NewHandle =
        (delegate* unmanaged<nint, nint*, int>)Get("aoti_torch_new_tensor_handle");

    public static readonly delegate* unmanaged<byte*, byte*, ulong*, int> Dispatch =
        (delegate* unmanaged<byte*, byte*, ulong*, int>)Get("aoti_torch_call_dispatcher");

    public static readonly delegate* unmanaged<byte*, byte*, ulong*, ulong, int> DispatchOfVersion =
        (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)Get("torch_call_dispatcher");

    public static readonly delegate* unmanaged<nuint, nint*, int> NewList =
        (delegate* unmanaged<nuint, nint*, int>)Get("torch_new_list_reserve_size");

    public static readonly delegate* unmanaged<nint, ulong, int> PushBack =
        (delegate* unmanaged<nint, ulong, int>)Get("torch_list_push_back");

    // Input, weight, bias, then padding, stride and dilation with their lengths, groups, activation with its numbers, algorithm.
    public static readonly delegate* unmanaged<
        nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int> ConvolutionPointwise =
        (delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int>)
        Get("aoti_torch_cpu_mkldnn__convolution_pointwise");

    /// <summary>How often a tensor was written in place, or -1 when libtorch does not tell.</summary>
    public static long VersionOf(nint tensor)
    {
        if (NewHandle == null || Dispatch == null) return -1;
        nint owned;
        if (NewHandle(tensor, &owned) != 0) return -1;
        ulong stack = (ulong)owned;
        fixed (byte* name = "aten::_version\0"u8, overload = "\0"u8)
        {
            return Dispatch(name, overload, &stack) == 0 ? (long)stack : -1;
        }
    }

    /// <summary>The address of what libtorch_cpu exports under a name; 0 when it has no such thing.</summary>
    public static nint Get(string name) => Library != 0 && NativeLibrary.TryGetExport(Library, name, out nint address) ? address : 0;

    private static nint Find()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        using Process process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.ModuleName.Contains(LibraryName, StringComparison.OrdinalIgnoreCase)) return NativeLibrary.Load(module.FileName);
        }

        return 0;
    }
}
