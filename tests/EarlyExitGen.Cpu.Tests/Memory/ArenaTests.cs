using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Tests.Memory;

public sealed class ArenaTests
{
    [Fact]
    public void Buffers_are_aligned_zeroed_and_apart()
    {
        using Arena arena = new(Arena.RoundUp(3) + Arena.RoundUp(17) + 1);
        ArenaBuffer first = arena.Take(3);
        ArenaBuffer second = arena.Take(17);
        ArenaBuffer third = arena.Take(1);

        first.AsSpan().Fill(1);
        second.AsSpan().Fill(2);
        Assert.Equal([1f, 1f, 1f], first.AsSpan().ToArray());
        Assert.Equal(0f, third.AsSpan()[0]);
        Assert.Equal(second, arena.At(Arena.Alignment, 17));
        foreach (ArenaBuffer buffer in new[] { first, second, third }) Assert.Equal(0, AddressOf(buffer) % 64);
    }

    [Theory]
    [InlineData(0, 33)]
    [InlineData(32, 1)]
    [InlineData(-16, 1)]
    [InlineData(8, 1)]
    [InlineData(0, -1)]
    public void A_place_outside_the_arena_or_off_its_steps_is_refused(long offset, int length)
    {
        using Arena arena = new(32);
        Assert.Throws<InvalidOperationException>(() => arena.At(offset, length));
    }

    [Fact]
    public void A_full_arena_gives_nothing_more()
    {
        using Arena arena = new(32);
        arena.Take(17);
        Assert.Throws<InvalidOperationException>(() => arena.Take(1));
    }

    [Fact]
    public void After_its_owner_disposed_it_nothing_can_be_taken()
    {
        Arena arena = new(16);
        arena.Dispose();
        arena.Dispose();
        Assert.True(arena.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => arena.Take(1));
    }

    [Fact]
    public void A_part_must_lie_within_its_buffer()
    {
        using Arena arena = new(32);
        ArenaBuffer buffer = arena.Take(20);
        Assert.Equal(4, buffer.Slice(16, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Slice(16, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Slice(-1, 1));
    }

    private static unsafe nint AddressOf(ArenaBuffer buffer)
    {
        fixed (float* first = buffer.AsSpan()) return (nint)first;
    }
}
