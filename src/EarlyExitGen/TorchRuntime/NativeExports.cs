using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>Finds the functions that libLibTorchSharp exports, in the very library that TorchSharp loaded.</summary>
internal static class NativeExports
{
    private const string LibraryName = "LibTorchSharp";
    private static readonly List<string> MissingNames = [];
    private static readonly nint Library = Find();

    /// <summary>What was asked for and is not there, or the library's own name when it can't be found.</summary>
    public static IReadOnlyList<string> Missing => MissingNames;

    /// <summary>The address of an export, or 0 when it is missing.</summary>
    public static nint Get(string name)
    {
        if (Library != 0 && NativeLibrary.TryGetExport(Library, name, out nint address)) return address;
        MissingNames.Add(Library == 0 ? LibraryName : name);
        return 0;
    }

    private static nint Find()
    {
        // TorchSharp loads its library on first use, sometimes from a folder of its own making.
        torch.InitializeDeviceType(DeviceType.CPU);
        if (NativeLibrary.TryLoad(LibraryName, typeof(torch).Assembly, searchPath: null, out nint library)) return library;

        using Process process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.ModuleName.Contains(LibraryName, StringComparison.OrdinalIgnoreCase)) return NativeLibrary.Load(module.FileName);
        }

        return 0;
    }
}
