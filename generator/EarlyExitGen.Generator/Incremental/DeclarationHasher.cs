using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>
/// Hashes what a file can mean to others: usings, namespaces, types and members with their modifiers, signatures, attributes and
/// constants. Bodies and the initialisers of fields and properties mean something to the file's own members alone.
/// </summary>
/// <remarks>Comments and white space never count; <c>#nullable</c> does, and what <c>#if</c> leaves in or out is tokens.</remarks>
internal sealed class DeclarationHasher
{
    /// <summary>Attributes whose arguments matter to nobody but the class that has them.</summary>
    public static readonly string[] OwnAttributes = ["EarlyExitNetwork", "Stage", "Exit"];

    private readonly List<ClassDeclarationSyntax> classes = [];
    private readonly List<UsingDirectiveSyntax> aliases = [];
    private SourceHash hash = new();

    private DeclarationHasher()
    {
    }

    /// <summary>The classes with attributes, in source order.</summary>
    public IReadOnlyList<ClassDeclarationSyntax> AttributedClasses => classes;

    /// <summary>The usings that give a type or namespace another name.</summary>
    public IReadOnlyList<UsingDirectiveSyntax> Aliases => aliases;

    public ulong Hash => hash.Value;

    public static DeclarationHasher Run(SyntaxNode root)
    {
        DeclarationHasher hasher = new();
        hasher.Visit(root);
        return hasher;
    }

    /// <summary>A hash of all tokens of a file.</summary>
    public static ulong OfAllTokens(SyntaxNode root)
    {
        DeclarationHasher hasher = new();
        foreach (SyntaxToken token in root.DescendantTokens()) hasher.Add(token);
        return hasher.Hash;
    }

    /// <summary>An attribute's name as written last: <c>Exit</c> of <c>EarlyExitGen.Exit&lt;Sure&gt;</c>.</summary>
    public static string SimpleName(NameSyntax? name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax alias => alias.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        _ => "",
    };

    public static string WithoutSuffix(string attributeName)
    {
        const string Suffix = "Attribute";
        return attributeName.EndsWith(Suffix, StringComparison.Ordinal)
            ? attributeName.Substring(0, attributeName.Length - Suffix.Length)
            : attributeName;
    }

    // Without recursion: a constant may be a sum of more terms than the stack has room for.
    private void Visit(SyntaxNode root)
    {
        foreach (SyntaxNodeOrToken item in root.DescendantNodesAndTokens(static node => !IsPrivateMatter(node)))
        {
            if (item.AsNode() is not { } node)
            {
                Add(item.AsToken());
                continue;
            }

            hash.Add((SyntaxKind)node.RawKind);
            if (node is ClassDeclarationSyntax { AttributeLists.Count: > 0 } type) classes.Add(type);
            else if (node is UsingDirectiveSyntax { Alias: not null } alias) aliases.Add(alias);
            else if (IsPrivateMatter(node)) AddTraces(node);
        }
    }

    private static bool IsPrivateMatter(SyntaxNode node) => node switch
    {
        BlockSyntax => node.Parent is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax,
        ArrowExpressionClauseSyntax => true,
        EqualsValueClauseSyntax => node.Parent is PropertyDeclarationSyntax || IsOfVariable(node.Parent),
        AttributeArgumentListSyntax => node.Parent is AttributeSyntax attribute
            && OwnAttributes.Contains(WithoutSuffix(SimpleName(attribute.Name))),
        _ => false,
    };

    // The value of a constant is part of what others see.
    private static bool IsOfVariable(SyntaxNode? declarator) =>
        declarator is VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax field } && !field.Modifiers.Any(SyntaxKind.ConstKeyword);

    // What stays visible of a body: that there is one, that it asks for a backing field, that it turns nullable annotations on or off.
    private void AddTraces(SyntaxNode body)
    {
        bool ofProperty = body.Parent is AccessorDeclarationSyntax or BasePropertyDeclarationSyntax;
        if (!ofProperty && !body.ContainsDirectives) return;
        foreach (SyntaxToken token in body.DescendantTokens())
        {
            AddNullable(token);
            if (ofProperty && token.Text == "field") hash.Add(token.Text);
        }
    }

    private void Add(SyntaxToken token)
    {
        AddNullable(token);
        hash.Add(token.IsMissing ? SyntaxKind.None : (SyntaxKind)token.RawKind);

        // The kind of a keyword or of punctuation says its text.
        if (token.RawKind is < (int)SyntaxKind.TildeToken or >= (int)SyntaxKind.BadToken) hash.Add(token.Text);
    }

    private void AddNullable(SyntaxToken token)
    {
        if (!token.ContainsDirectives) return;
        foreach (SyntaxTrivia trivia in token.LeadingTrivia)
        {
            if (trivia.IsKind(SyntaxKind.NullableDirectiveTrivia)) hash.Add(trivia.ToString());
        }
    }
}
