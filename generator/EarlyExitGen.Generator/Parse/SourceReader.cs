using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// The one way from symbols to the author's source. It remembers which files were read, because what was parsed stays true only as long
/// as their text does; of all other files, only the declarations count.
/// </summary>
internal sealed class SourceReader(Compilation compilation, CancellationToken cancellation)
{
    private readonly HashSet<SyntaxTree> trees = [];

    // A semantic model remembers what it bound, and another one binds it again: blocks run often.
    private readonly Dictionary<SyntaxTree, SemanticModel> models = [];

    public Compilation Compilation => compilation;

    public CancellationToken Cancellation => cancellation;

    /// <summary>The files that were read so far.</summary>
    public IReadOnlyCollection<SyntaxTree> Trees => trees;

    // These are the calls that the bans are there to keep in one place.
#pragma warning disable RS0030
    /// <summary>A declaration or an attribute in the source.</summary>
    public SyntaxNode Read(SyntaxReference reference)
    {
        trees.Add(reference.SyntaxTree);
        return reference.GetSyntax(cancellation);
    }

    /// <summary>What a piece of the source means.</summary>
    public SemanticModel SemanticsOf(SyntaxNode node)
    {
        trees.Add(node.SyntaxTree);
        if (!models.TryGetValue(node.SyntaxTree, out SemanticModel? model))
        {
            models.Add(node.SyntaxTree, model = compilation.GetSemanticModel(node.SyntaxTree));
        }

        return model;
    }
#pragma warning restore RS0030

    /// <summary>An expression or a body as an operation; null where the source has none.</summary>
    public IOperation? Bind(SyntaxNode node) => SemanticsOf(node).GetOperation(node, cancellation);
}
