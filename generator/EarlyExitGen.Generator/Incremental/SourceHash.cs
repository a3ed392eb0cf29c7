using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>Adds up source text into 64 bits (FNV-1a over UTF-16), to tell whether it changed without keeping it.</summary>
internal struct SourceHash()
{
    private const ulong Prime = 1099511628211;

    public ulong Value { get; private set; } = 14695981039346656037;

    public void Add(string text)
    {
        ulong hash = Value;
        foreach (char character in text) hash = unchecked((hash ^ character) * Prime);
        Value = hash;

        // Where one text ends and the next begins counts too.
        Add((ulong)text.Length);
    }

    public void Add(SyntaxKind kind) => Value = unchecked((Value ^ (ushort)kind) * Prime);

    public void Add(ulong number)
    {
        ulong hash = Value;
        for (int shift = 0; shift < 64; shift += 16) hash = unchecked((hash ^ ((number >> shift) & 0xFFFF)) * Prime);
        Value = hash;
    }
}
