using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Tensors that a pipeline keeps for its kernels: used again, but never while somebody may read them.</summary>
public sealed unsafe class TensorPoolTests : IDisposable
{
    private readonly TensorPool pool = new();

    [Fact]
    public void A_tensor_that_came_back_is_lent_again_for_the_same_sizes_and_layout_only()
    {
        nint first = Take(4, 3);
        nint second = Take(4, 3);
        Assert.NotEqual(first, second);
        pool.Return(first);
        pool.Return(second);

        nint other = Take(3, 4);
        nint map = TakeMap(channelsLast: true);
        pool.Return(map);
        nint planar = TakeMap(channelsLast: false);

        Assert.DoesNotContain(other, new[] { first, second });
        Assert.NotEqual(map, planar);
        Assert.Equal(new[] { first, second }.Order(), new[] { Take(4, 3), Take(4, 3) }.Order());
        foreach (nint tensor in new[] { first, second, other, planar }) pool.Return(tensor);
    }

    [Fact]
    public void A_tensor_that_its_slot_took_over_is_not_lent_again()
    {
        nint first = Take(4, 3);
        pool.TakeOver(first);

        nint second = Take(4, 3);

        Assert.NotEqual(first, second);
        LibTorchSharp.Dispose(first);
        pool.Return(second);
    }

    [Fact]
    public void A_slot_gives_back_what_only_kernels_read_and_keeps_what_others_may_have_a_view_of()
    {
        TensorSlot slot = new(pool);
        nint tensor = Take(4, 3);
        slot.Set(new NewTensor(tensor, pool));
        Assert.Equal(tensor, slot.Stored);
        Assert.Equal(tensor, slot.Gathered);
        slot.Clear();
        Assert.Equal(tensor, Take(4, 3));

        slot.Set(new NewTensor(tensor, pool));
        using Tensor view = Tensor.UnsafeCreateTensor(LibTorchSharp.Alias(slot.Handle));
        view.fill_(7);
        slot.Clear();
        nint next = Take(4, 3);
        using (Tensor written = Tensor.UnsafeCreateTensor(LibTorchSharp.Alias(next))) written.fill_(1);

        Assert.Equal(7, view.max().item<float>());
        pool.Return(next);
    }

    [Fact]
    public void The_one_that_was_not_used_for_longest_makes_room()
    {
        nint kept = Take(1, 1);
        pool.Return(kept);
        for (int size = 2; size < 40; size++)
        {
            Assert.Equal(kept, Take(1, 1));
            pool.Return(kept);
            pool.Return(Take(size, 1));
        }
    }

    [Fact]
    public void As_many_as_are_wanted_are_lent_at_a_time()
    {
        nint[] tensors = [.. Enumerable.Range(0, 40).Select(_ => Take(2, 2))];

        Assert.Equal(40, tensors.Distinct().Count());
        foreach (nint tensor in tensors) pool.Return(tensor);
        pool.Dispose();
    }

    public void Dispose() => pool.Dispose();

    private nint Take(long rows, long columns)
    {
        long* sizes = stackalloc long[] { rows, columns };
        long* strides = stackalloc long[] { columns, 1 };
        return TensorPool.Take(pool, sizes, strides, dimensions: 2);
    }

    private nint TakeMap(bool channelsLast)
    {
        long* sizes = stackalloc long[] { 2, 3, 4, 5 };
        long* strides = stackalloc long[] { 60, channelsLast ? 1 : 20, channelsLast ? 15 : 5, channelsLast ? 3 : 1 };
        return TensorPool.Take(pool, sizes, strides, dimensions: 4);
    }
}
