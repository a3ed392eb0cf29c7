using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>What there is to know of a file without binding it. It is made once for each tree and dies with it.</summary>
internal sealed class TreeSummary
{
    private static readonly ConditionalWeakTable<SyntaxTree, TreeSummary> Known = new();

    private readonly Lazy<ulong> content;

    private TreeSummary(SyntaxTree tree)
    {
        // Other than the parser, nothing is read here that the summary itself does not hash.
#pragma warning disable RS0030
        SyntaxNode root = tree.GetRoot();
#pragma warning restore RS0030
        DeclarationHasher declarations = DeclarationHasher.Run(root);
        SourceHash hash = new();
        hash.Add(tree.FilePath);
        hash.Add(Identity.Of(tree.Options));
        hash.Add(declarations.Hash);
        Declarations = hash.Value;
        content = new Lazy<ulong>(() => DeclarationHasher.OfAllTokens(root));
        AttributedClasses = declarations.AttributedClasses;
        Aliases =
        [
            .. declarations.Aliases.Select(alias =>
                (alias.Alias!.Name.Identifier.ValueText, DeclarationHasher.SimpleName(alias.NamespaceOrType as NameSyntax))),
        ];
    }

    /// <summary>A hash of what other files can see.</summary>
    public ulong Declarations { get; }

    /// <summary>A hash of all that is in the file but comments and white space.</summary>
    public ulong Content => content.Value;

    /// <summary>The classes with attributes, in source order.</summary>
    public IReadOnlyList<ClassDeclarationSyntax> AttributedClasses { get; }

    /// <summary>The names that usings give, each with the last part of what it stands for.</summary>
    public IReadOnlyList<(string Alias, string Target)> Aliases { get; }

    public static TreeSummary Of(SyntaxTree tree) => Known.GetValue(tree, static key => new TreeSummary(key));
}
