using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads the extra inputs that a network declares.</summary>
internal static class ExtraInputReader
{
    /// <summary>The parameters that generated members have beside them.</summary>
    private static readonly string[] TakenNames = ["input", "batch", "extraInputs", "logits", "decisions", "limits"];

    /// <summary>The attributes, in the order in which callers pass what they declare.</summary>
    public static IEnumerable<AttributeData> Attributes(INamedTypeSymbol network) => network.GetAttributes()
        .Where(attribute => attribute.AttributeClass.Is(KnownNames.ExtraInputAttribute))
        .OrderBy(attribute => attribute.ApplicationSyntaxReference?.SyntaxTree.FilePath, StringComparer.Ordinal)
        .ThenBy(attribute => attribute.ApplicationSyntaxReference?.Span.Start);

    /// <summary>What one attribute declares; null when C# itself does not understand it.</summary>
    public static ExtraInputModel? Read(AttributeData attribute)
    {
        if (attribute.ConstructorArguments is not [var name, { Kind: TypedConstantKind.Array } shape]) return null;
        return new ExtraInputModel(
            name.Value as string ?? "",
            shape.IsNull ? [] : new EquatableArray<long>([.. shape.Values.Select(size => size.Value is int number ? number : 0L)]),
            TypeOf(attribute) ?? ElementType.Float32);
    }

    /// <summary>What is wrong with a declaration; null when it can be compiled.</summary>
    /// <param name="extra">The declaration.</param>
    /// <param name="attribute">Where it stands.</param>
    /// <param name="earlier">Those before it.</param>
    public static string? Misfit(ExtraInputModel extra, AttributeData attribute, IEnumerable<ExtraInputModel> earlier)
    {
        if (!SyntaxFacts.IsValidIdentifier(extra.Name)) return "its name is no C# identifier, so that no parameter can have it";
        if (TakenNames.Contains(extra.Name)) return $"the compiler writes a parameter '{extra.Name}' beside it: choose another name";
        if (earlier.Any(other => other.Name == extra.Name)) return "another one has the same name";
        if (TensorShape.OfInput(extra.Shape) is null)
        {
            return $"expected the shape of one row, one size or more and each above 0, but it is [{string.Join(", ", extra.Shape)}]";
        }

        return TypeOf(attribute) is null ? "expected Type = Float32, Int64 or Bool" : null;
    }

    /// <summary>The element type; null when it is none that an extra input can have.</summary>
    private static ElementType? TypeOf(AttributeData attribute) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.Key == "Type").Value.Value switch
        {
            null => ElementType.Float32,
            var number => ElementTypes.OfNumber(number),
        };
}
