using CsCheck;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Linear;

/// <summary>Linear layers of sizes that are known when they run.</summary>
[Trait("Vectors", "EveryWidth")]
public sealed class RowLinearTests
{
    private const float Untouched = 12345;

    private static readonly Gen<(int Inputs, int Outputs, int Rows, Activation Activation, bool HasBias, int Seed)> Layers =
        from inputs in Gen.Frequency((3, Gen.Int[1, 70]), (1, Gen.Int[71, 400]))
        from outputs in Gen.Frequency((2, Gen.Int[1, 5]), (3, Gen.Int[6, 70]))
        from rows in Gen.Frequency((2, Gen.Const(1)), (3, Gen.Int[2, 20]), (1, Gen.Int[21, 300]))
        from activation in RandomLayers.OneOf(Activation.None, Activation.Relu, Activation.Relu6)
        from hasBias in Gen.Bool
        from seed in Gen.Int
        select (inputs, outputs, rows, activation, hasBias, seed);

    [Fact]
    public void Any_rows_are_as_in_float64_and_nothing_else_is_written() => Layers.Sample(
        layer =>
        {
            (int inputs, int outputs, int rows, Activation activation, bool hasBias, int seed) = layer;
            float[] input = Closeness.Normal(rows * inputs, seed);

            // Sums of about 1: a clamp then hides no larger sum, whose roundings would be larger too.
            float[] weight = [.. Closeness.Normal(outputs * inputs, seed + 1).Select(value => value / MathF.Sqrt(inputs))];
            float[] bias = hasBias ? Closeness.Normal(outputs, seed + 2) : [];

            float[] output = Run(inputs, outputs, activation, input, weight, bias, rows);

            double largest = 0;
            double error = 0;
            for (int index = 0; index < output.Length; index++)
            {
                double sum = hasBias ? bias[index % outputs] : 0;
                double terms = Math.Abs(sum);
                for (int at = 0; at < inputs; at++)
                {
                    double term = (double)input[(index / outputs * inputs) + at] * weight[(index % outputs * inputs) + at];
                    sum += term;
                    terms += Math.Abs(term);
                }

                double expected = activation == Activation.None ? sum : Math.Clamp(sum, 0, activation == Activation.Relu6 ? 6 : double.MaxValue);
                largest = Math.Max(largest, terms);
                error = Math.Max(error, Math.Abs(expected - output[index]));
            }

            Assert.InRange(error, 0, Math.ScaleB(4 + Math.Sqrt(inputs), -24) * largest);
        },
        iter: RandomLayers.Iterations(400), threads: 1);

    // Narrow ones, those whose sums are moved together, more rows than are gathered at a time, and one.
    [Theory]
    [InlineData(21, 2, 70)]
    [InlineData(21, 20, 150)]
    [InlineData(33, 32, 9)]
    [InlineData(21, 20, 1)]
    public void Selected_rows_are_those_of_the_whole(int inputs, int outputs, int rows)
    {
        float[] weight = Closeness.Normal(outputs * inputs, 1);
        float[] bias = Closeness.Normal(outputs, 2);
        float[] input = Closeness.Normal(2 * rows * inputs, 3);
        long[] selection = [.. Enumerable.Range(0, rows).Select(row => (2L * (rows - row)) - 1)];
        float[] selected = [.. selection.SelectMany(place => input.AsSpan((int)place * inputs, inputs).ToArray())];
        RowLinear layer = new(inputs, outputs, Activation.Relu);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);
        layer.Pack(weight, bias, packed);
        float[] output = new float[rows * outputs];

        layer.Run(input, packed, output, rows, selection);

        Assert.Equal(Run(inputs, outputs, Activation.Relu, selected, weight, bias, rows), output);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void NaN_and_infinity_stay_in_their_row(int outputs)
    {
        foreach (float special in new[] { float.NaN, float.PositiveInfinity })
        {
            float[] input = new float[3 * 21];
            Array.Fill(input, 1);
            input[21 + 20] = special;
            float[] weight = new float[outputs * 21];
            Array.Fill(weight, 0.5f);

            float[] output = Run(21, outputs, Activation.Relu, input, weight, [], rows: 3);

            float[] expected = [.. Enumerable.Range(0, 3 * outputs).Select(index => index / outputs == 1 ? special : 10.5f)];
            Assert.Equal(expected, output);
        }
    }

    [Fact]
    public void A_wrong_length_or_activation_is_refused()
    {
        RowLinear layer = new(5, 3, Activation.None);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);

        Refuses("Expected 15 weights, found 14.", () => layer.Pack(new float[14], [], packed));
        Refuses("Expected 3 biases, found 2.", () => layer.Pack(new float[15], new float[2], packed));
        Refuses("Expected 10 inputs, found 9.", () => layer.Run(new float[9], packed, new float[6], 2));
        Refuses("Expected 6 outputs, found 7.", () => layer.Run(new float[10], packed, new float[7], 2));
        Refuses("There is no kernel for Gelu.", () => _ = new RowLinear(5, 3, Activation.Gelu));

        static void Refuses(string message, Action action) =>
            Assert.StartsWith(message, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    private static float[] Run(int inputs, int outputs, Activation activation, float[] input, float[] weight, float[] bias, int rows)
    {
        RowLinear layer = new(inputs, outputs, activation);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);
        layer.Pack(weight, bias, packed);
        float[] guarded = new float[(rows * outputs) + 64];
        Array.Fill(guarded, Untouched);

        layer.Run(input, packed, guarded.AsSpan(32, rows * outputs), rows);

        Assert.All(guarded[..32].Concat(guarded[^32..]), value => Assert.Equal(Untouched, value));
        return guarded[32..^32];
    }
}
