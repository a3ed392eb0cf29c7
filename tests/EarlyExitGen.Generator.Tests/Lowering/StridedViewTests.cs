using CsCheck;
using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Tests;

/// <summary>A view of a view reads the elements that indexing by hand reads.</summary>
public sealed class StridedViewTests
{
    private static readonly Gen<long[]> Sizes = Gen.Long[1, 4].Array[1, 4];

    // Rows that are filled up to 16, turned and cut: what reshaping may and may not see through.
    private static readonly Gen<StridedView> Views = Gen.Select(Sizes, Gen.Bool, Gen.Int).Select((sizes, areRows, seed) =>
    {
        Random random = new(seed);
        StridedView contiguous = StridedView.Contiguous([.. sizes]);
        StridedView view = areRows
            ? StridedView.OfRows(contiguous.Elements / sizes[^1], sizes[^1]).Reshape([.. sizes])!
            : contiguous;
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        if (random.Next(2) == 0) random.Shuffle(order);
        view = view.Permute(order);
        int axis = random.Next(sizes.Length);
        long start = random.NextInt64(view.Sizes[axis]);
        return random.Next(2) == 0 ? view : view.Narrow(axis, start, random.NextInt64(view.Sizes[axis] - start) + 1);
    });

    [Fact]
    public void Reshaping_keeps_the_order_or_is_not_possible() => Gen.Select(Views, Gen.Int).Sample((view, seed) =>
    {
        EquatableArray<long> sizes = Factors(view.Elements, new Random(seed));
        StridedView? reshaped = view.Reshape(sizes);
        if (reshaped is not null)
        {
            Assert.Equal(sizes, reshaped.Sizes);
            Assert.Equal(Places(view), Places(reshaped));
        }
        else
        {
            // Whoever splits along the old dimensions finds strides for it.
            Assert.False(view.IsOneRun);
            Assert.NotEqual(sizes, view.Sizes);
        }
    });

    [Fact]
    public void Splitting_and_joining_what_was_split_is_always_possible() => Views.Sample(view =>
    {
        EquatableArray<long> split = [.. view.Sizes.SelectMany(size => (long[])(size % 2 == 0 ? [2, size / 2, 1] : [1, size]))];
        StridedView? halves = view.Reshape(split);
        Assert.NotNull(halves);
        Assert.Equal(Places(view), Places(halves));
        Assert.Equal(Places(view), Places(halves.Reshape(view.Sizes)!));
    });

    [Fact]
    public void Selecting_and_repeating_read_what_the_index_says() => Gen.Select(Views, Gen.Int).Sample((view, seed) =>
    {
        int axis = new Random(seed).Next(view.Sizes.Count);
        long index = new Random(seed).NextInt64(view.Sizes[axis]);
        List<long> expected = Places(view.Narrow(axis, index, 1));
        Assert.Equal(expected, Places(view.Select(axis, index)));

        EquatableArray<long> wider = [.. view.Sizes.Select((size, other) => other == axis ? 3 : size)];
        List<long> repeated = Places(view.Narrow(axis, index, 1).Expand(wider));
        Assert.Equal(expected.Order(), repeated.Distinct().Order());
        Assert.Equal(3 * expected.Count, repeated.Count);
    });

    [Fact]
    public void The_loops_of_a_copy_visit_every_element_once_and_in_step() => Views.Sample(view =>
    {
        StridedView target = StridedView.Contiguous(view.Sizes);
        List<(long Size, long From, long To)> loops = StridedView.Loops(view, target);
        List<(long From, long To)> visited = [(view.Offset, 0)];
        foreach ((long size, long from, long to) in loops)
        {
            visited = [.. visited.SelectMany(
                at => Enumerable.Range(0, (int)size).Select(index => (at.From + (index * from), at.To + (index * to))))];
        }

        Assert.Equal(Places(view).Zip(Places(target)), visited);
    });

    [Fact]
    public void One_run_is_all_from_the_first_element_on() => Views.Sample(view =>
        Assert.Equal(Places(view).SequenceEqual(Enumerable.Range(0, (int)view.Elements).Select(at => (long)at)), view.IsOneRun));

    /// <summary>Where the elements lie, in order.</summary>
    private static List<long> Places(StridedView view)
    {
        List<long> places = [view.Offset];
        for (int axis = 0; axis < view.Sizes.Count; axis++)
        {
            places = [.. places.SelectMany(
                place => Enumerable.Range(0, (int)view.Sizes[axis]).Select(index => place + (index * view.Strides[axis])))];
        }

        return places;
    }

    private static EquatableArray<long> Factors(long elements, Random random)
    {
        List<long> factors = [];
        while (elements > 1)
        {
            int[] divisors = [.. Enumerable.Range(2, (int)elements - 1).Where(candidate => elements % candidate == 0)];
            factors.Add(divisors[random.Next(divisors.Length)]);
            elements /= factors[^1];
            if (random.Next(4) == 0) factors.Add(1);
        }

        return factors.Count == 0 ? [1] : [.. factors];
    }
}
