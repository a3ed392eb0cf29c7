using System.Runtime.CompilerServices;

namespace EarlyExitGen.Generator.Incremental;

/// <summary>
/// Numbers objects that never change (references, options), so that one can ask later whether it is still the same object without
/// keeping it alive.
/// </summary>
internal static class Identity
{
    private static readonly ConditionalWeakTable<object, Number> Numbers = new();
    private static long last;

    public static ulong Of(object value) => Numbers.GetValue(value, static _ => new Number((ulong)Interlocked.Increment(ref last))).Value;

    private sealed class Number(ulong value)
    {
        public ulong Value { get; } = value;
    }
}
