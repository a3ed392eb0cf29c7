using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>A slot that stands for some rows of its tensor.</summary>
public sealed class TensorSlotTests
{
    [Fact]
    public void Selected_rows_are_gathered_when_the_tensor_is_asked_for()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor values, TensorSlot slot) = Borrow();

        Assert.True(slot.TrySelect([4, 1, 2]));

        Assert.Equal([4L, 1L, 2L], slot.Selection.ToArray());
        Assert.Equal(values.Handle, slot.Stored);
        Assert.Equal(values.index_select(0, tensor(new long[] { 4, 1, 2 })), Tensor.UnsafeCreateTensor(slot.Handle));
        Assert.Equal(0, slot.Selection.Length);
    }

    [Fact]
    public void A_selection_of_a_selection_is_of_the_rows_that_were_left()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor values, TensorSlot slot) = Borrow();

        Assert.True(slot.TrySelect([4, 1, 2]));
        Assert.True(slot.TrySelect([0, 2]));

        Assert.Equal(values.index_select(0, tensor(new long[] { 4, 2 })), Tensor.UnsafeCreateTensor(slot.Handle));
    }

    [Fact]
    public void Another_tensor_has_all_its_rows()
    {
        using DisposeScope scope = NewDisposeScope();
        (_, TensorSlot slot) = Borrow();
        Assert.True(slot.TrySelect([4, 1]));

        Tensor other = randn(2, 2);
        slot.Borrow(other.Handle);

        Assert.Equal(other.Handle, slot.Handle);
    }

    // The tensor is the surrounding scope's.
    private static (Tensor Values, TensorSlot Slot) Borrow()
    {
        Tensor values = randn(5, 3);
        TensorSlot slot = new();
        slot.Borrow(values.Handle);
        return (values, slot);
    }
}
