using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// A libtorch that lies in a folder of its own, as in a Python install. Its libraries are loaded by path, so that TorchSharp, which asks for
/// them by name, finds them there already.
/// </summary>
/// <remarks>
/// Invariants. The loader takes a library that is loaded for one that is asked for by the same name (SONAME), but loads a second one if it
/// is asked for by a path: none may lie where TorchSharp looks. All symbols are bound at once: a libtorch of another version that lacks one
/// is an error here, and would end the process at the first call otherwise.
/// </remarks>
internal static partial class LibTorchFolder
{
    private const int BindNow = 0x2;
    private const int Global = 0x100;
    private const string Cpu = "libtorch_cpu.so";
    private const string TorchSharpLibrary = "libLibTorchSharp.so";

    /// <summary>The version that TorchSharp's own library was built with.</summary>
    private const string BuiltWith = "2.10";

    // In the order in which Python's torch loads them. libtorch_cuda brings libtorch_cpu.
    private static readonly (string Name, bool IsRequired, int Flags)[] Libraries =
    [
        ("libtorch_global_deps.so", false, BindNow | Global),
        ("libc10.so", true, BindNow),
        ("libtorch_cuda.so", false, BindNow),
        (Cpu, true, BindNow),
        ("libtorch.so", true, BindNow),
    ];

    /// <summary>Loads the libraries, and TorchSharp's own with them.</summary>
    /// <param name="folder">Their folder, or the one above its <c>lib</c>.</param>
    /// <exception cref="LibTorchLoadException">It is not possible; the message says why in one sentence.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's library does not load on this machine.</exception>
    public static void Load(string folder)
    {
        if (!OperatingSystem.IsLinux()) throw Refuse(folder, "that is for Linux only");
        string lib = FindLibraries(folder);
        RequireNoOther(folder, lib);
        string? version = ReadVersion(lib);
        if (version is not null && !version.StartsWith(BuiltWith + ".", StringComparison.Ordinal)) Warn(lib, version);
        foreach ((string name, bool isRequired, int flags) in Libraries)
        {
            string path = Path.Combine(lib, name);
            if (!isRequired && !File.Exists(path)) continue;
            if (Open(path, flags) is string problem) throw Refuse(folder, $"{name} does not load ({problem})");
        }

        // Where it is not beside the program, TorchSharp says so.
        if (SearchFolders().Select(place => Path.Combine(place, TorchSharpLibrary)).FirstOrDefault(File.Exists) is not string own) return;
        if (Open(own, BindNow) is not string mismatch) return;
        if (!mismatch.Contains("undefined symbol", StringComparison.Ordinal)) throw new DllNotFoundException(mismatch);
        throw Refuse(
            folder,
            $"it is version {version ?? "unknown"}, and TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} needs {BuiltWith} " +
            $"({mismatch})");
    }

    /// <summary>The folder with the libraries.</summary>
    /// <exception cref="LibTorchLoadException">There is none, or one is missing.</exception>
    internal static string FindLibraries(string folder)
    {
        if (!Directory.Exists(folder)) throw Refuse(folder, "there is no such folder");
        string full = Path.GetFullPath(folder);
        string inside = Path.Combine(full, "lib");
        string lib = File.Exists(Path.Combine(inside, Cpu)) ? inside : full;
        string[] missing =
        [
            .. Libraries.Where(library => library.IsRequired && !File.Exists(Path.Combine(lib, library.Name))).Select(library => library.Name),
        ];
        return missing.Length == 0
            ? lib
            : throw Refuse(folder, $"neither it nor its folder lib has {string.Join(", ", missing)}");
    }

    /// <summary>The version that a Python install (version.py) or an unpacked libtorch (build-version) names, or null.</summary>
    internal static string? ReadVersion(string lib)
    {
        string above = Path.GetDirectoryName(lib) ?? lib;
        string python = Path.Combine(above, "version.py");
        string native = Path.Combine(above, "build-version");
        if (File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match) return match.Groups[1].Value;
        return File.Exists(native) ? File.ReadAllText(native).Trim() : null;
    }

    // TorchSharp would load one that lies beside the program, and two in one process share nothing.
    private static void RequireNoOther(string folder, string lib)
    {
        using Process process = Process.GetCurrentProcess();
        string? loaded = process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(module => Path.GetFileName(module.FileName) == Cpu)?.FileName;
        if (loaded is not null && Path.GetDirectoryName(loaded) != lib)
        {
            throw Refuse(folder, $"{loaded} is loaded already, so call UseFrom before anything uses TorchSharp");
        }

        string? beside = SearchFolders().Select(place => Path.Combine(place, Cpu)).FirstOrDefault(File.Exists);
        if (beside is not null && Path.GetDirectoryName(beside) != lib)
        {
            throw Refuse(folder, $"the program brings {beside}, which TorchSharp would take: build it with IncludesLibTorch=false");
        }
    }

    private static IEnumerable<string> SearchFolders()
    {
        string listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory)
            .Select(Path.TrimEndingDirectorySeparator).Distinct();
    }

    private static void Warn(string lib, string version)
    {
        string warning =
            $"libtorch in '{lib}' is version {version}, and TorchSharp's library was built with {BuiltWith}: answers are checked by the " +
            "self-test only.";
        Trace.TraceWarning(warning);
        Console.Error.WriteLine(warning);
    }

    private static LibTorchLoadException Refuse(string folder, string reason) =>
        new($"libtorch can't be used from '{folder}': {reason}.");

    /// <returns>What the loader says is wrong, or null.</returns>
    private static string? Open(string path, int flags)
    {
        // Asked once before: the runtime looks a function up at its first call, and that forgets the error.
        LastError();
        return OpenLibrary(path, flags) != 0 ? null : Marshal.PtrToStringUTF8(LastError()) ?? "the loader does not say why";
    }

    [GeneratedRegex("""__version__\s*=\s*['"]([^'"]+)['"]""")]
    private static partial Regex PythonVersion();

    // NativeLibrary.Load binds symbols one by one, at their first call.
    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenLibrary(string path, int flags);

    [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
    private static partial nint LastError();
}
