namespace EarlyExitGen.Cpu.Weights;

/// <summary>Files that are either as they were or complete, whatever ends the process in between.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary name in the same folder, flushes it to the disk and renames it over the file.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
