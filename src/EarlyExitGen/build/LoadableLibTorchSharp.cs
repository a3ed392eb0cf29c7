#nullable enable

using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;

// Compiled by MSBuild's inline task factory, against netstandard2.0, and by the tests.
namespace EarlyExitGen.Build;

/// <summary>Writes a copy of libLibTorchSharp.so that loads on this machine, where the package's own file does not.</summary>
public sealed class MakeLibTorchSharpLoadable : Microsoft.Build.Utilities.Task
{
    /// <summary>The package's file. It is only read.</summary>
    [Required]
    public string Library { get; set; } = "";

    /// <summary>Where the copy goes.</summary>
    [Required]
    public string Copy { get; set; } = "";

    /// <summary>Makes the copy even where this machine needs none: others will run it.</summary>
    public bool ForOlderMachines { get; set; }

    /// <summary>Whether the copy, which then exists, is to be used in the library's place.</summary>
    [Output]
    public bool CopyIsNeeded { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (!ForOlderMachines && LoadableLibTorchSharp.MachineHasItsVersion()) return true;

        byte[]? loadable = LoadableLibTorchSharp.Make(File.ReadAllBytes(Library));
        if (loadable is null)
        {
            Log.LogMessage(MessageImportance.Low, $"{Library} is not the known file of TorchSharp 0.107.0 and is used as it is.");
            return true;
        }

        LoadableLibTorchSharp.WriteUnlessSame(Copy, loadable);
        CopyIsNeeded = true;
        return true;
    }
}

/// <summary>
/// libLibTorchSharp.so of TorchSharp 0.107.0 asks for version GLIBCXX_3.4.32 of libstdc++ (GCC 13), which Debian 12, Ubuntu 22.04 and
/// RHEL 9 don't have, for one symbol: ios_base_library_init(). That function does nothing where the other libraries initialise
/// iostreams themselves, as libtorch does. The loadable copy asks for get_new_handler() of GLIBCXX_3.4.20 in its place, which has
/// the same signature for the caller and no effect.
/// </summary>
public static class LoadableLibTorchSharp
{
    private const string KnownSha256 = "cf33b1b0bb6bbb9754a768fb5c5d04d9f498603be50e73f55621a0b40ee608b8";
    private const string NewVersion = "GLIBCXX_3.4.32";
    private const string OldVersion = "GLIBCXX_3.4.20";

    /// <summary>
    /// Whether the libstdc++ that this process has loaded, the one that a program started here would get, has the version asked for.
    /// </summary>
    public static bool MachineHasItsVersion()
    {
        string? mapped = File.ReadLines("/proc/self/maps").FirstOrDefault(line => line.Contains("/libstdc++.so."));
        if (mapped is null) return false;

        byte[] library = File.ReadAllBytes(mapped.Substring(mapped.IndexOf('/')));
        return Contains(library, Encoding.ASCII.GetBytes(NewVersion));
    }

    /// <summary>The loadable copy's bytes.</summary>
    /// <param name="library">The package's file, which is left as it is.</param>
    /// <returns>Null when the file is not the known one: then nothing is known of what an edit would do.</returns>
    public static byte[]? Make(byte[] library)
    {
        using SHA256 sha256 = SHA256.Create();
        string hash = string.Concat(sha256.ComputeHash(library).Select(part => part.ToString("x2")));
        if (hash != KnownSha256) return null;

        // The offsets hold for the one file that the hash admits. .dynstr, .gnu.version_r (vna_hash), .dynstr:
        byte[] copy = (byte[])library.Clone();
        Replace(copy, 0x3de66, Encoding.ASCII.GetBytes(NewVersion), Encoding.ASCII.GetBytes(OldVersion));
        Replace(copy, 0x3fa30, LittleEndian(ElfHash(NewVersion)), LittleEndian(ElfHash(OldVersion)));
        Replace(copy, 0x167b5, Encoding.ASCII.GetBytes("_ZSt21ios_base_library_initv"), Encoding.ASCII.GetBytes("_ZSt15get_new_handlerv"));
        return copy;
    }

    /// <summary>Writes the file under a temporary name and renames it, so that no reader and no hard link sees half of it.</summary>
    public static void WriteUnlessSame(string path, byte[] content)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).SequenceEqual(content)) return;

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            if (File.Exists(path)) File.Replace(temporary, path, destinationBackupFileName: null);
            else File.Move(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Replace(byte[] file, int offset, byte[] expected, byte[] replacement)
    {
        if (!file.Skip(offset).Take(expected.Length).SequenceEqual(expected))
        {
            throw new InvalidDataException($"libLibTorchSharp.so: unexpected bytes at offset {offset}.");
        }

        Array.Clear(file, offset, expected.Length);
        replacement.CopyTo(file, offset);
    }

    // System V ABI, "Hash Table".
    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (char character in name)
        {
            hash = (hash << 4) + character;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    private static byte[] LittleEndian(uint value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];

    private static bool Contains(byte[] file, byte[] text)
    {
        for (int start = 0; start <= file.Length - text.Length; start++)
        {
            int matched = 0;
            while (matched < text.Length && file[start + matched] == text[matched]) matched++;
            if (matched == text.Length) return true;
        }

        return false;
    }
}
