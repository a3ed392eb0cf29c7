using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Writes an expression on one line, shortened. It writes the tokens alone, without the author's comments and white space: an edit of
/// those must not change what is generated.
/// </summary>
internal static class OneLine
{
    private const int Longest = 60;

    public static string Of(SyntaxNode node)
    {
        StringBuilder line = new();
        SyntaxToken before = default;
        foreach (SyntaxToken token in node.DescendantTokens())
        {
            if (line.Length > Longest) break;
            if (line.Length > 0 && IsApart(before, token)) line.Append(' ');
            line.Append(token.Text);
            before = token;
        }

        string text = string.Join(" ", line.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= Longest ? text : text.Substring(0, Longest - 1) + "…";
    }

    private static bool IsApart(SyntaxToken left, SyntaxToken right) =>
        left.IsKind(SyntaxKind.CommaToken)
        || left.IsKind(SyntaxKind.ColonToken)
        || left.IsKind(SyntaxKind.OpenBraceToken)
        || right.IsKind(SyntaxKind.OpenBraceToken)
        || right.IsKind(SyntaxKind.CloseBraceToken)
        || IsOperator(left)
        || IsOperator(right)
        || (EndsWord(left.Text) && StartsWord(right.Text));

    private static bool IsOperator(SyntaxToken token) => token.Parent switch
    {
        BinaryExpressionSyntax or AssignmentExpressionSyntax or EqualsValueClauseSyntax or ConditionalExpressionSyntax => true,
        AnonymousFunctionExpressionSyntax or SwitchExpressionArmSyntax => token.IsKind(SyntaxKind.EqualsGreaterThanToken),
        _ => false,
    };

    private static bool EndsWord(string text) => text.Length > 0 && (char.IsLetterOrDigit(text[text.Length - 1]) || text[text.Length - 1] == '_');

    private static bool StartsWord(string text) => text.Length > 0 && (char.IsLetterOrDigit(text[0]) || text[0] is '_' or '@' or '"' or '$');
}
