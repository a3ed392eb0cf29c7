namespace System;

/// <summary>What the compiler wants for list patterns and <c>^1</c>, which netstandard2.0 lacks.</summary>
internal readonly struct Index(int value, bool fromEnd = false)
{
    private readonly int value = fromEnd ? ~value : value;

    public static implicit operator Index(int value) => new(value);

    public int GetOffset(int length) => value < 0 ? length + value + 1 : value;
}
