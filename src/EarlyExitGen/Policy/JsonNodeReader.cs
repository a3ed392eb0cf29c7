using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace EarlyExitGen;

/// <summary>
/// One node of a JSON document with its place in it, so that every error names the file, the place, what is there and what was expected.
/// </summary>
/// <param name="Element">The node.</param>
/// <param name="Source">The document, as errors name it.</param>
/// <param name="Path">The place of the node, for example <c>$.exits[1].threshold</c>.</param>
internal readonly record struct JsonNodeReader(JsonElement Element, string Source, string Path)
{
    public bool IsNull => Element.ValueKind == JsonValueKind.Null;

    public JsonNodeReader this[string property] => Element.TryGetProperty(property, out JsonElement value)
        ? new(value, Source, $"{Path}.{property}")
        : throw Error($"has no '{property}'");

    public InvalidDataException Error(string problem) => new($"{Source}: {Path} {problem}.");

    public bool Has(string property) => Element.TryGetProperty(property, out _);

    public void RequireObject(params ReadOnlySpan<string> properties)
    {
        Require(JsonValueKind.Object, "an object");
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            if (!properties.Contains(property.Name)) throw Error($"has an unknown property '{property.Name}'");
        }
    }

    public ImmutableArray<JsonNodeReader> AsArray()
    {
        Require(JsonValueKind.Array, "an array");
        JsonNodeReader array = this;
        return [.. Element.EnumerateArray().Select(
            (element, index) => new JsonNodeReader(
                element, array.Source, string.Create(CultureInfo.InvariantCulture, $"{array.Path}[{index}]")))];
    }

    public string AsString()
    {
        Require(JsonValueKind.String, "a string");
        return Element.GetString()!;
    }

    public bool AsBoolean() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    public int AsInteger(int smallest, int largest)
    {
        Require(JsonValueKind.Number, "a whole number");
        return Element.TryGetInt32(out int value) && value >= smallest && value <= largest
            ? value
            : throw Error($"is {Element.GetRawText()}; expected a whole number of {smallest} to {largest}");
    }

    public double AsNumber(double smallest, double largest)
    {
        Require(JsonValueKind.Number, "a number");
        return Element.TryGetDouble(out double value) && value >= smallest && value <= largest
            ? value
            : throw OutOfRange(smallest, largest);
    }

    public float AsThreshold(ThresholdRange range)
    {
        if (Element.ValueKind == JsonValueKind.String)
        {
            return AsString() switch
            {
                "Infinity" => float.PositiveInfinity,
                "-Infinity" => float.NegativeInfinity,
                _ => throw Wrong("a number, \"Infinity\" or \"-Infinity\""),
            };
        }

        Require(JsonValueKind.Number, "a number");
        return Element.TryGetSingle(out float value) && float.IsFinite(value) && range.Contains(value)
            ? value
            : throw OutOfRange(range.Smallest, range.Largest);
    }

    public DateTimeOffset AsTime()
    {
        Require(JsonValueKind.String, "a time");
        return Element.TryGetDateTimeOffset(out DateTimeOffset time) ? time : throw Wrong("a time as ISO 8601 writes it");
    }

    private void Require(JsonValueKind kind, string expected)
    {
        if (Element.ValueKind != kind) throw Wrong(expected);
    }

    private InvalidDataException Wrong(string expected)
    {
        string found = Element.GetRawText();
        return Error($"is {(found.Length <= 60 ? found : found[..60] + "…")}; expected {expected}");
    }

    private InvalidDataException OutOfRange(double smallest, double largest) => Error(string.Create(
        CultureInfo.InvariantCulture, $"is {Element.GetRawText()}; expected a number in [{smallest}, {largest}]"));
}
