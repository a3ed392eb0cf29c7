using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>
/// Numbers objects that never change (references, options), so that one can ask later whether it is still the same object without
/// keeping it alive.
/// </summary>
internal static class Identity
{
    private static readonly ConditionalWeakTable<object, Number> Numbers = new();
    private static readonly ConditionalWeakTable<object, Number> Lists = new();
    private static long last;

    /// <summary>A number for a list of objects that never change; edits of source leave the list itself the same.</summary>
    public static ulong OfAll<T>(ImmutableArray<T> values)
        where T : class => ImmutableCollectionsMarshal.AsArray(values) is { } array ? Lists.GetValue(array, OfElements<T>).Value : 0;

    public static ulong Of(object value) => Numbers.GetValue(value, static _ => new Number((ulong)Interlocked.Increment(ref last))).Value;

    private static Number OfElements<T>(object array)
        where T : class
    {
        SourceHash hash = new();
        foreach (T value in (T[])array) hash.Add(Of(value));
        return new Number(hash.Value);
    }

    private sealed class Number(ulong value)
    {
        public ulong Value { get; } = value;
    }
}
