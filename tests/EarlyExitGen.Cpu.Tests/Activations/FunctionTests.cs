using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Tests.Activations;

/// <summary>Functions that are no activations, over their whole range.</summary>
[Trait("Vectors", "EveryWidth")]
public sealed class FunctionTests
{
    private static readonly FeatureMapShape Shape = new(20, 3, 7, Border: 1);

    [Fact]
    public void Exp_goes_from_0_to_infinity()
    {
        Check(Elementwise.Exp, Math.Exp, -120, 120);
        Assert.Equal(float.PositiveInfinity, Run(Elementwise.Exp, 89));
        Assert.Equal(float.PositiveInfinity, Run(Elementwise.Exp, float.PositiveInfinity));
        Assert.Equal(0, Run(Elementwise.Exp, -110));
        Assert.Equal(0, Run(Elementwise.Exp, float.NegativeInfinity));
        Assert.Equal(1, Run(Elementwise.Exp, 0));
    }

    [Fact]
    public void Roots_are_as_in_float64()
    {
        Check(Elementwise.Sqrt, Math.Sqrt, 0, 1e6);
        Check(Elementwise.Reciprocal, x => 1 / x, 1e-6, 1e6);
        Check(Elementwise.Rsqrt, x => 1 / Math.Sqrt(x), 1e-6, 1e6);
        Assert.True(float.IsNaN(Run(Elementwise.Sqrt, -1)));
        Assert.True(float.IsNaN(Run(Elementwise.Rsqrt, -1)));
        Assert.Equal(float.PositiveInfinity, Run(Elementwise.Rsqrt, 0));
        Assert.Equal(0, Run(Elementwise.Rsqrt, float.PositiveInfinity));
    }

    [Fact]
    public void Magnitudes_and_squares_are_exact()
    {
        Check(Elementwise.Abs, Math.Abs, -10, 10);
        Check(Elementwise.Square, x => x * x, -10, 10);
        Check((map, shape) => Elementwise.Clamp(map, shape, -1, float.PositiveInfinity), x => Math.Max(-1, x), -10, 10);
        Check((map, shape) => Elementwise.Clamp(map, shape, 2, 1), _ => 1, -10, 10);
    }

    private static void Check(Action<ArenaBuffer, FeatureMapShape> run, Func<double, double> expected, double from, double to)
    {
        float[] values = [.. Enumerable.Range(0, 20 * 21).Select(index => (float)(from + ((to - from) * index / ((20 * 21) - 1))))];
        float[] actual = Run(run, values);
        for (int index = 0; index < values.Length; index++)
        {
            double wanted = (float)expected(values[index]);
            bool isClose = wanted.Equals(actual[index]) || Math.Abs(wanted - actual[index]) <= Math.Max(5e-7 * Math.Abs(wanted), 1e-37);
            Assert.True(isClose, $"{values[index]} gave {actual[index]}, expected {wanted}");
        }
    }

    private static float Run(Action<ArenaBuffer, FeatureMapShape> run, float value) => Run(run, [.. Enumerable.Repeat(value, 20 * 21)])[^1];

    // Also that NaN stays NaN, and that neither the border nor what lies behind the channels becomes anything but a small number.
    private static float[] Run(Action<ArenaBuffer, FeatureMapShape> run, float[] values)
    {
        using Arena arena = new(2L * Shape.Length);
        ArenaBuffer map = arena.Take(Shape.Length);
        ArenaBuffer other = arena.Take(Shape.Length);
        FeatureMap.LoadBlocked([.. Enumerable.Repeat(float.NaN, values.Length)], other, 20, 3, 7, 1);
        run(other, Shape);
        Assert.Equal(values.Length, other.AsSpan().ToArray().Count(float.IsNaN));

        FeatureMap.LoadBlocked(values, map, 20, 3, 7, 1);
        run(map, Shape);
        float[] actual = new float[values.Length];
        FeatureMap.StoreBlocked(map, actual, 20, 3, 7, 1);
        Assert.DoesNotContain(map.AsSpan().ToArray().Except(actual), value => !(Math.Abs(value) <= 2));
        return actual;
    }
}
