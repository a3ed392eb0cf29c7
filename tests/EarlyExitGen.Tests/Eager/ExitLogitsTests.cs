using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Eager;

public sealed class ExitLogitsTests
{
    [Fact]
    public void Lists_the_exits_in_order_and_disposes_them()
    {
        Tensor first = zeros(1, 3);
        Tensor last = ones(1, 3);
        ExitLogits logits = new(first, last);

        Assert.Equal(2, logits.Count);
        Assert.Equal([first, last], logits);
        Assert.Same(last, logits.Final);
        Assert.Same(first, logits[0]);
        logits.Dispose();
        Assert.True(first.IsInvalid && last.IsInvalid);
    }

    [Fact]
    public void Survives_the_scope_that_it_is_moved_out_of()
    {
        ExitLogits logits;
        using (NewDisposeScope())
        {
            logits = new ExitLogits(zeros(1, 3), ones(1, 3)).MoveToOuterDisposeScope();
        }

        Assert.DoesNotContain(logits, tensor => tensor.IsInvalid);
        logits.Dispose();
    }

    [Fact]
    public void Needs_an_exit()
    {
        Assert.Throws<ArgumentException>(() => new ExitLogits());
        Assert.Throws<ArgumentNullException>(() => new ExitLogits(null!));
    }
}
