using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Activations;

[Trait("Vectors", "EveryWidth")]
public sealed class ElementwiseTests
{
    public static TheoryData<Activation> Every => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Every))]
    public void An_activation_is_as_in_float64_from_minus_100_to_100(Activation activation)
    {
        const int count = 20_000;
        float[] values = [.. Enumerable.Range(0, count).Select(
            index => MathF.CopySign(MathF.Pow(index / (float)count, 4) * 100, (index % 2) - 0.5f))];
        FeatureMapShape shape = new(1, 1, count);
        using Arena arena = new(shape.Length);
        ArenaBuffer map = arena.Take(shape.Length);
        FeatureMap.LoadBlocked(values, map, 1, 1, count);
        Elementwise.Activate(map, shape, activation, 0.1f);

        float[] actual = new float[count];
        FeatureMap.StoreBlocked(map, actual, 1, 1, count);
        for (int index = 0; index < count; index++)
        {
            double expected = ReferenceActivation.Apply(activation, 0.1f, values[index]);
            double error = Math.Abs(actual[index] - expected) / Math.Max(1, Math.Abs(expected));
            Assert.True(error < 5e-7, $"{activation}({values[index]}) is {actual[index]}, expected {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void NaN_stays_NaN_and_the_border_stays_zero(Activation activation)
    {
        FeatureMapShape shape = new(16, 1, 1, Border: 1);
        using Arena arena = new(shape.Length);
        ArenaBuffer map = arena.Take(shape.Length);
        FeatureMap.LoadBlocked([.. Enumerable.Repeat(float.NaN, 16)], map, 16, 1, 1, 1);
        Elementwise.Activate(map, shape, activation);
        Assert.Equal(16, map.AsSpan().ToArray().Count(float.IsNaN));
        Assert.Equal(8 * 16, map.AsSpan().ToArray().Count(value => value == 0));
    }

    [Fact]
    public void Activations_with_numbers_of_their_own_are_as_in_float64_and_keep_NaN()
    {
        FeatureMapShape shape = new(20, 3, 5, Border: 1);
        float[] values = [.. Closeness.Normal((20 * 15) - 3, 1), float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        check(map => Elementwise.Clamp(map, shape, -0.4f, 0.3f), (x, _) => Math.Min(Math.Max(x, -0.4f), 0.3f));
        check(map => Elementwise.Threshold(map, shape, 0.1f, -0.2f), (x, _) => x <= 0.1f ? -0.2f : x);
        check(map => Elementwise.Softplus(map, shape, 2, 1), (x, _) => 2 * x > 1 ? x : Math.Log(1 + Math.Exp(2 * x)) / 2);

        float[] slopes = [.. Closeness.Normal(20, 2), .. new float[12]];
        using Arena arena = new(32);
        ArenaBuffer weights = arena.Take(32);
        slopes.CopyTo(weights.AsSpan());
        check(map => Elementwise.PRelu(map, shape, weights, perChannel: true), (x, channel) => x < 0 ? x * slopes[channel] : x);
        check(map => Elementwise.PRelu(map, shape, weights, perChannel: false), (x, _) => x < 0 ? x * slopes[0] : x);

        void check(Action<ArenaBuffer> run, Func<double, int, double> expected)
        {
            using Arena room = new(shape.Length);
            ArenaBuffer map = Load(room, values, shape);
            run(map);
            float[] actual = new float[values.Length];
            FeatureMap.StoreBlocked(map, actual, 20, 3, 5, 1);
            for (int index = 0; index < values.Length; index++)
            {
                double wanted = expected(values[index], index / 15);
                Assert.True(
                    wanted.Equals(actual[index]) || Math.Abs(wanted - actual[index]) < 5e-7 * Math.Max(1, Math.Abs(wanted)),
                    $"{values[index]} gave {actual[index]}, expected {wanted}");
            }
        }
    }

    [Fact]
    public void Maps_of_different_borders_are_added()
    {
        FeatureMapShape shape = new(20, 3, 5, Border: 1);
        float[] left = Closeness.Normal(20 * 15, 1);
        float[] right = Closeness.Normal(20 * 15, 2);
        using Arena arena = new(3L * (shape with { Border = 2 }).Length);
        ArenaBuffer a = Load(arena, left, shape);
        ArenaBuffer b = Load(arena, right, shape with { Border = 0 });
        ArenaBuffer y = arena.Take((shape with { Border = 2 }).Length);
        Elementwise.Add(a, shape, b, 0, y, 2, Activation.Relu);

        float[] actual = new float[left.Length];
        FeatureMap.StoreBlocked(y, actual, 20, 3, 5, 2);
        Assert.Equal([.. left.Zip(right, (first, second) => MathF.Max(0, first + second))], actual);
    }

    [Theory]
    [InlineData("Subtract")]
    [InlineData("Multiply")]
    [InlineData("Divide")]
    public void Maps_of_different_borders_are_combined(string operation)
    {
        FeatureMapShape shape = new(20, 3, 5, Border: 1);
        float[] left = Closeness.Normal(20 * 15, 1);
        float[] right = Closeness.Normal(20 * 15, 2);
        using Arena arena = new(3L * (shape with { Border = 2 }).Length);
        ArenaBuffer a = Load(arena, left, shape);
        ArenaBuffer b = Load(arena, right, shape with { Border = 0 });
        ArenaBuffer y = arena.Take((shape with { Border = 2 }).Length);
        if (operation == "Subtract") Elementwise.Subtract(a, shape, b, 0, y, 2);
        else if (operation == "Multiply") Elementwise.Multiply(a, shape, b, 0, y, 2);
        else Elementwise.Divide(a, shape, b, 0, y, 2);

        float[] actual = new float[left.Length];
        FeatureMap.StoreBlocked(y, actual, 20, 3, 5, 2);
        Assert.Equal(
            [.. left.Zip(right, (first, second) => operation switch
            {
                "Subtract" => first - second,
                "Multiply" => first * second,
                _ => first / second,
            })],
            actual);

        // 0 / 0 in the lanes that are no channels would spoil what reads whole pixels.
        Assert.DoesNotContain(y.AsSpan().ToArray(), float.IsNaN);
    }

    [Fact]
    public void A_map_is_scaled_and_shifted_within_its_border()
    {
        FeatureMapShape shape = new(20, 3, 5, Border: 1);
        float[] values = Closeness.Normal(20 * 15, 1);
        using Arena arena = new(shape.Length);
        ArenaBuffer map = Load(arena, values, shape);
        Elementwise.ScaleAndShift(map, shape, -2, 3);
        float[] actual = new float[values.Length];
        FeatureMap.StoreBlocked(map, actual, 20, 3, 5, 1);
        Assert.Equal([.. values.Select(value => MathF.FusedMultiplyAdd(value, -2, 3))], actual);
        Assert.Equal(2 * 16 * ((5 * 7) - (3 * 5)), map.AsSpan().ToArray().Count(value => value == 0));
    }

    [Fact]
    public void Each_channel_is_scaled_by_its_own_number()
    {
        FeatureMapShape shape = new(20, 3, 5, Border: 1);
        float[] values = Closeness.Normal(20 * 15, 1);
        float[] factors = Closeness.Normal(20, 2);
        using Arena arena = new(shape.Length + (shape with { Border = 2 }).Length + 32);
        ArenaBuffer map = Load(arena, values, shape);
        ArenaBuffer scale = arena.Take(32);
        factors.CopyTo(scale.AsSpan());
        ArenaBuffer output = arena.Take((shape with { Border = 2 }).Length);
        Elementwise.ScaleChannels(map, shape, scale, output, outputBorder: 2);
        float[] actual = new float[values.Length];
        FeatureMap.StoreBlocked(output, actual, 20, 3, 5, 2);
        Assert.Equal([.. values.Select((value, index) => value * factors[index / 15])], actual);
    }

    [Theory]
    [InlineData(16, 16, 32)]
    [InlineData(5, 30, 7)]
    [InlineData(33, 1, 20)]
    public void Maps_are_concatenated_in_order(int first, int second, int third)
    {
        int channels = first + second + third;
        FeatureMapShape whole = new(channels, 3, 4, Border: 1);
        using Arena arena = new(4L * whole.Length);
        ArenaBuffer y = arena.Take(whole.Length);
        float[] expected = Closeness.Normal(channels * 12, 3);
        int at = 0;
        foreach (int count in new[] { first, second, third })
        {
            FeatureMapShape part = new(count, 3, 4);
            ArenaBuffer x = Load(arena, expected[(at * 12)..((at + count) * 12)], part);
            Elementwise.Concatenate(x, part, y, whole, at);
            at += count;
        }

        float[] actual = new float[expected.Length];
        FeatureMap.StoreBlocked(y, actual, channels, 3, 4, 1);
        Assert.Equal(expected, actual);
    }

    private static ArenaBuffer Load(Arena arena, float[] values, FeatureMapShape shape)
    {
        ArenaBuffer map = arena.Take(shape.Length);
        FeatureMap.LoadBlocked(values, map, shape.Channels, shape.Height, shape.Width, shape.Border);
        return map;
    }
}
