using System.Runtime.InteropServices;

namespace EarlyExitGen.Tests.NativeLibraries;

internal static partial class HardLink
{
    public static bool TryCreate(string existing, string created) => OperatingSystem.IsWindows()
        ? CreateHardLink(created, existing, 0)
        : Link(existing, created) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string created, string existing, nint securityAttributes);
}
