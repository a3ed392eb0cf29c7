using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Memory;

/// <summary>A run of floats within an <see cref="Arena"/>, valid until the arena is disposed.</summary>
public readonly unsafe struct ArenaBuffer : IEquatable<ArenaBuffer>
{
    internal ArenaBuffer(float* pointer, int length)
    {
        Pointer = pointer;
        Length = length;
    }

    /// <summary>The number of floats.</summary>
    public int Length { get; }

    internal float* Pointer { get; }

    /// <summary>Whether two buffers are the same run.</summary>
    public static bool operator ==(ArenaBuffer left, ArenaBuffer right) => left.Equals(right);

    /// <summary>Whether two buffers are different runs.</summary>
    public static bool operator !=(ArenaBuffer left, ArenaBuffer right) => !left.Equals(right);

    /// <summary>The floats. The span must not outlive the arena.</summary>
    public Span<float> AsSpan() => new(Pointer, Length);

    /// <summary>A part of this buffer.</summary>
    /// <param name="start">Where it starts, in floats.</param>
    /// <param name="length">Its length in floats.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the buffer.</exception>
    public ArenaBuffer Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)Length, nameof(start));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(Length - start), nameof(length));
        return new ArenaBuffer(Pointer + start, length);
    }

    /// <inheritdoc/>
    public bool Equals(ArenaBuffer other) => Pointer == other.Pointer && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ArenaBuffer other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine((nint)Pointer, Length);

    /// <summary>The pointer, once the buffer is known to hold what a kernel touches: the one check between a kernel and memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* Require(int length, [CallerArgumentExpression(nameof(length))] string what = "")
    {
        if (Length < length) ThrowTooShort(length, what);
        return Pointer;
    }

    private void ThrowTooShort(int length, string what) =>
        throw new ArgumentException($"A buffer of {Length} floats is too short: {what} is {length}.");
}
