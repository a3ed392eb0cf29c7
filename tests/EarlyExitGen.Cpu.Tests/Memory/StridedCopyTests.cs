using CsCheck;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Tests.Memory;

public sealed class StridedCopyTests
{
    [Fact]
    public void Every_element_goes_where_its_index_says() =>
        Gen.Select(Gen.Int[1, 5].Array[1, 4], Gen.Int[0, 3], Gen.Int, Gen.Bool).Sample((sizes, offset, seed, repeats) =>
        {
            int[] order = [.. Enumerable.Range(0, sizes.Length)];
            new Random(seed).Shuffle(order);
            int[] sourceSteps = new int[sizes.Length];
            int[] targetSteps = new int[sizes.Length];
            int step = 1;
            foreach (int dimension in order)
            {
                sourceSteps[dimension] = repeats && dimension == 0 ? 0 : step;
                step *= sizes[dimension];
            }

            step = 1;
            for (int dimension = sizes.Length - 1; dimension >= 0; dimension--)
            {
                targetSteps[dimension] = step;
                step *= sizes[dimension];
            }

            using Arena arena = new(2L * Arena.RoundUp(step + offset));
            ArenaBuffer source = arena.Take(step + offset);
            ArenaBuffer target = arena.Take(step + offset);
            for (int index = 0; index < source.Length; index++) source.AsSpan()[index] = index;
            CopyLoop[] loops = [.. sizes.Select((size, dimension) => new CopyLoop(size, sourceSteps[dimension], targetSteps[dimension]))];
            StridedCopy.Run(source, offset, target, offset, loops);

            for (int element = 0; element < step; element++)
            {
                int from = offset;
                for (int dimension = 0; dimension < sizes.Length; dimension++)
                {
                    from += element / targetSteps[dimension] % sizes[dimension] * sourceSteps[dimension];
                }

                Assert.Equal(from, target.AsSpan()[offset + element]);
            }
        });

    [Fact]
    public void Steps_beyond_a_buffer_and_no_loop_are_refused()
    {
        using Arena arena = new(64);
        ArenaBuffer source = arena.Take(16);
        ArenaBuffer target = arena.Take(16);
        Assert.Throws<ArgumentException>(() => StridedCopy.Run(source, 0, target, 0, new CopyLoop(3, 8, 4), new CopyLoop(4, 1, 1)));
        Assert.Throws<ArgumentException>(() => StridedCopy.Run(source, 0, target, 0, new CopyLoop(3, 4, 8), new CopyLoop(4, 1, 1)));
        Assert.Throws<ArgumentException>(() => StridedCopy.Run(source, 15, target, 0, new CopyLoop(2, 1, 1)));
        Assert.Throws<ArgumentException>(() => StridedCopy.Run(source, 0, target, 0));
    }
}
