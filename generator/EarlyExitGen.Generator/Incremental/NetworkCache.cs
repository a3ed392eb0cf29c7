using System.Collections.Immutable;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>
/// Finds the networks of a compilation, and parses those alone that an edit may have changed. Roslyn's own search by attribute binds every
/// network anew for every compilation, which is for every key that is pressed in any file; this one binds nothing as long as
/// <list type="bullet">
/// <item>no declaration in any file, no reference and no option changed, and</item>
/// <item>the files are the same, comments aside, that the parser read for the network.</item>
/// </list>
/// It keeps numbers and models between runs, and no part of a compilation.
/// </summary>
internal sealed class NetworkCache
{
    private Snapshot? last;

    /// <summary>The networks that can be compiled, in the order of files and declarations.</summary>
    public EquatableArray<NetworkModel> Read(Compilation compilation, CancellationToken cancellation)
    {
        Snapshot? before = Volatile.Read(ref last);
        ImmutableArray<TreeSummary> trees = Summarize(compilation, cancellation);
        ulong declarations = DeclarationsOf(compilation, trees);
        if (before?.Declarations != declarations) before = null;
        if (before is not null && before.Classes.All(known => known.IsStillTrue(trees))) return before.Networks;

        // The same declarations make the same list of classes, so that a class is known by its place in it.
        List<ClassDeclarationSyntax> classes = FindCandidates(trees);
        ImmutableArray<ParsedClass>.Builder parsed = ImmutableArray.CreateBuilder<ParsedClass>(classes.Count);
        TreeNumbers numbers = new(compilation);
        for (int index = 0; index < classes.Count; index++)
        {
            parsed.Add(before is not null && before.Classes[index].IsStillTrue(trees)
                ? before.Classes[index]
                : Parse(classes[index], new SourceReader(compilation, cancellation), numbers, trees));
        }

        Snapshot after = new(declarations, parsed.MoveToImmutable());
        Volatile.Write(ref last, after);
        return after.Networks;
    }

    private static ImmutableArray<TreeSummary> Summarize(Compilation compilation, CancellationToken cancellation)
    {
        ImmutableArray<TreeSummary>.Builder trees = ImmutableArray.CreateBuilder<TreeSummary>();
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            trees.Add(TreeSummary.Of(tree));
        }

        return trees.ToImmutable();
    }

    private static ulong DeclarationsOf(Compilation compilation, ImmutableArray<TreeSummary> trees)
    {
        SourceHash hash = new();
        hash.Add(compilation.AssemblyName ?? "");
        hash.Add(Identity.Of(compilation.Options));
        hash.Add(Identity.OfAll(compilation.ExternalReferences));

        // Under the name of one of our attributes there may be another one, whose arguments matter to everybody.
        bool isRenamed = trees.Any(tree => tree.Aliases.Any(alias =>
            DeclarationHasher.OwnAttributes.Contains(DeclarationHasher.WithoutSuffix(alias.Alias))));
        foreach (TreeSummary tree in trees)
        {
            hash.Add(tree.Declarations);
            if (isRenamed) hash.Add(tree.Content);
        }

        return hash.Value;
    }

    /// <summary>The classes with an attribute that may be ours, by its name or by a name that a using gives it.</summary>
    private static List<ClassDeclarationSyntax> FindCandidates(ImmutableArray<TreeSummary> trees)
    {
        HashSet<string> names = new(StringComparer.Ordinal) { DeclarationHasher.OwnAttributes[0] };
        (string Alias, string Target)[] aliases = [.. trees.SelectMany(tree => tree.Aliases)];
        bool found;
        do
        {
            found = false;
            foreach ((string alias, string target) in aliases)
            {
                found |= names.Contains(DeclarationHasher.WithoutSuffix(target)) && names.Add(DeclarationHasher.WithoutSuffix(alias));
            }
        }
        while (found);

        return
        [
            .. trees.SelectMany(tree => tree.AttributedClasses).Where(type => type.AttributeLists
                .SelectMany(list => list.Attributes)
                .Any(attribute => names.Contains(DeclarationHasher.WithoutSuffix(DeclarationHasher.SimpleName(attribute.Name))))),
        ];
    }

    private static ParsedClass Parse(
        ClassDeclarationSyntax declaration, SourceReader source, TreeNumbers numbers, ImmutableArray<TreeSummary> trees)
    {
        NetworkModel? model = null;
        HashSet<SyntaxTree> read = [];
        if (source.SemanticsOf(declaration).GetDeclaredSymbol(declaration, source.Cancellation) is { } type)
        {
            if (FirstAttribute(type) is { } attribute && IsOn(attribute, declaration))
            {
                model = new NetworkParser(source, syntax: null).Parse(type, attribute);
            }

            // Attributes are read from symbols: the bodies of these files may be unread, but their marks count.
            for (INamedTypeSymbol? current = type; current is not null; current = current.BaseType)
            {
                read.UnionWith(current.DeclaringSyntaxReferences.Select(part => part.SyntaxTree));
            }
        }

        read.UnionWith(source.Trees);
        return new ParsedClass(
            model, [.. read.Select(numbers.Of).OrderBy(tree => tree).Select(tree => new ReadTree(tree, trees[tree].Content))]);
    }

    private static AttributeData? FirstAttribute(INamedTypeSymbol type) =>
        type.GetAttributes().FirstOrDefault(candidate => candidate.AttributeClass.Is(KnownNames.NetworkAttribute));

    // Two parts of a class may both carry the attribute. The C# compiler refuses that, but the generator sees it all the same.
    private static bool IsOn(AttributeData attribute, ClassDeclarationSyntax declaration) =>
        attribute.ApplicationSyntaxReference is { } written
        && written.SyntaxTree == declaration.SyntaxTree
        && declaration.AttributeLists.Any(list => list.Span.Contains(written.Span));

    /// <summary>What was found for one declaration.</summary>
    /// <param name="Network">The network; null when it can't be compiled, or is none.</param>
    /// <param name="Read">The files that this follows from.</param>
    private sealed record ParsedClass(NetworkModel? Network, ImmutableArray<ReadTree> Read)
    {
        public bool IsStillTrue(ImmutableArray<TreeSummary> trees)
        {
            foreach (ReadTree read in Read)
            {
                if (trees[read.Number].Content != read.Content) return false;
            }

            return true;
        }
    }

    /// <summary>A file by its place in the compilation, and the hash of its tokens.</summary>
    private readonly record struct ReadTree(int Number, ulong Content);

    private sealed class Snapshot(ulong declarations, ImmutableArray<ParsedClass> classes)
    {
        public ulong Declarations => declarations;

        public ImmutableArray<ParsedClass> Classes => classes;

        public EquatableArray<NetworkModel> Networks { get; } = new([.. classes.Select(parsed => parsed.Network).OfType<NetworkModel>()]);
    }

    /// <summary>The places of a compilation's files.</summary>
    private sealed class TreeNumbers
    {
        private readonly Dictionary<SyntaxTree, int> numbers = [];

        public TreeNumbers(Compilation compilation)
        {
            foreach (SyntaxTree tree in compilation.SyntaxTrees) numbers.Add(tree, numbers.Count);
        }

        public int Of(SyntaxTree tree) => numbers[tree];
    }
}
