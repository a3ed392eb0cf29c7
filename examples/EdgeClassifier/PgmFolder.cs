using System.Text;
using FashionMnist.Images;

namespace EdgeClassifier;

/// <summary>Images as binary PGM files (P5), 28×28 pixels of one byte each.</summary>
internal static class PgmFolder
{
    // Far above any header with its comments.
    private const long MostBytes = 64 * 1024;

    /// <summary>Hands on every image of a folder, by name.</summary>
    /// <exception cref="InvalidDataException">A file is something else, or damaged.</exception>
    /// <exception cref="IOException">The folder or a file can't be read.</exception>
    public static void ForEach(string folder, ReadOnlySpanAction<byte> take)
    {
        foreach (string path in Directory.GetFiles(folder, "*.pgm").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path);
            if (new FileInfo(path).Length > MostBytes) throw new InvalidDataException($"{name} is too long for a {Size} image.");
            byte[] file = File.ReadAllBytes(path);
            take(name, file.AsSpan(HeaderLength(name, file)));
        }
    }

    private static string Size => $"{GreyImage.Side}×{GreyImage.Side}";

    /// <summary>Reads the header: P5, width, height and the largest value, between white space and comments.</summary>
    private static int HeaderLength(string name, ReadOnlySpan<byte> file)
    {
        int at = 0;
        string magic = Word(file, ref at);
        string width = Word(file, ref at);
        string height = Word(file, ref at);
        string largest = Word(file, ref at);
        string side = $"{GreyImage.Side}";
        if (magic != "P5" || width != side || height != side || largest != "255")
        {
            throw new InvalidDataException($"{name} is not a binary PGM image of {Size} pixels and 256 grey levels.");
        }

        // One white space ends the header.
        at++;
        return file.Length - at == GreyImage.Pixels
            ? at
            : throw new InvalidDataException($"{name} has {file.Length - at} bytes of pixels instead of {GreyImage.Pixels}.");
    }

    private static string Word(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length && (IsSpace(file[at]) || file[at] == '#'))
        {
            bool isComment = file[at] == '#';
            at++;
            while (isComment && at < file.Length && file[at] != '\n') at++;
        }

        int start = at;
        while (at < file.Length && !IsSpace(file[at])) at++;
        return Encoding.Latin1.GetString(file[start..at]);
    }

    private static bool IsSpace(byte character) => character is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
}
