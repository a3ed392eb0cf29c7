using System.Globalization;
using System.Text;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Gives out identifiers that are valid and used once.</summary>
internal sealed class NameAllocator(params IEnumerable<string> reserved)
{
    private readonly HashSet<string> taken = new(reserved, StringComparer.Ordinal);

    /// <summary>An identifier as near to <paramref name="wish"/> as it can be.</summary>
    public string Allocate(string wish)
    {
        StringBuilder name = new();
        foreach (char character in wish) name.Append(IsVisiblePart(character) ? character : '_');
        if (name.Length == 0 || !SyntaxFacts.IsIdentifierStartCharacter(name[0])) name.Insert(0, '_');

        string candidate = name.ToString();
        for (int suffix = 2; !taken.Add(candidate); suffix++) candidate = $"{name}_{Literals.Of(suffix)}";
        return SymbolExtensions.Escaped(candidate);
    }

    // C# ignores format characters when it compares identifiers.
    private static bool IsVisiblePart(char character) =>
        SyntaxFacts.IsIdentifierPartCharacter(character) && char.GetUnicodeCategory(character) != UnicodeCategory.Format;
}
