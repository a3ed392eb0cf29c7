using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>
/// Where the parts of a network stand in its author's source. The parser fills it beside the model when the analyzer asks; the generator
/// never does, so that nothing it remembers knows a position.
/// </summary>
/// <param name="Report">Takes what is wrong with the declaration.</param>
internal sealed record NetworkSyntax(Action<Diagnostic> Report)
{
    /// <summary>One entry for each stage of the model, in the same order.</summary>
    public List<PartSyntax> Stages { get; } = [];

    /// <summary>One entry for each exit of the model, in the same order.</summary>
    public List<PartSyntax> Exits { get; } = [];
}

/// <summary>A stage or an exit in the source.</summary>
/// <param name="Symbol">The member.</param>
/// <param name="Mark">Its <c>[Stage]</c> or <c>[Exit]</c>.</param>
/// <param name="Layers">One entry for each layer of the model, in the same order.</param>
internal sealed record PartSyntax(ISymbol Symbol, AttributeData Mark, IReadOnlyList<LayerSyntax> Layers)
{
    /// <summary>One entry for each layer of the exit's gate, in the same order; null when it has none.</summary>
    public IReadOnlyList<LayerSyntax>? Gate { get; init; }
}

/// <summary>A layer in the source.</summary>
/// <param name="Where">The expression that makes it, or the member when there is none.</param>
/// <param name="Call">The factory call, if that is what it is.</param>
/// <param name="Obstacle">Why it stays an ordinary call; null when it does not.</param>
/// <param name="Factory">The name of the factory that makes it, even where the call itself stands in a block of the author's own.</param>
internal sealed record LayerSyntax(SyntaxNode Where, IInvocationOperation? Call, Obstacle? Obstacle, string? Factory = null)
{
    /// <summary>What the author calls it: the factory's name, or the expression's kind.</summary>
    public string Name => Factory ?? "The module";

    /// <summary>The argument as written, or the whole layer when it is left out.</summary>
    public SyntaxNode Argument(string parameter)
    {
        ImmutableArray<IArgumentOperation> arguments = Call?.Arguments ?? [];
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter?.Name == parameter && !argument.IsImplicit) return argument.Value.Syntax;
        }

        return Where;
    }
}

/// <summary>The construct that the compiler does not understand, and what it is.</summary>
internal sealed record Obstacle(SyntaxNode Where, string What);
