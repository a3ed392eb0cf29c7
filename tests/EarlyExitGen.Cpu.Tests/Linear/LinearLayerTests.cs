using CsCheck;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Linear;

[Trait("Vectors", "EveryWidth")]
public sealed class LinearLayerTests
{
    // Those that don't flatten large sums, which are what the error is measured against.
    private static readonly Activation[] Unbounded =
        [Activation.None, Activation.Relu, Activation.LeakyRelu, Activation.Hardswish, Activation.Silu, Activation.Gelu];

    private static readonly Gen<Shape> Rows =
        from inputs in Gen.Int[1, 200]
        from outputs in Gen.OneOf(Gen.Int[1, 4], Gen.Int[1, 130])
        from rows in Gen.Int[1, 20]
        from activation in Gen.Int[0, Unbounded.Length - 1]
        select new Shape(inputs, outputs, rows, 1, 1, 0, Unbounded[activation]);

    private static readonly Gen<Shape> Maps =
        from channels in Gen.Int[1, 40]
        from outputs in Gen.OneOf(Gen.Int[1, 4], Gen.Int[1, 40])
        from height in Gen.Int[1, 6]
        from width in Gen.Int[1, 6]
        from border in Gen.Int[0, 2]
        select new Shape(channels, outputs, 1, height, width, border, Activation.None);

    [Fact]
    public void Any_rows_are_as_in_float64() => Rows.Select(Gen.Int).Sample(
        (shape, seed) => Check(shape, seed), iter: RandomLayers.Iterations(300), threads: 1);

    [Fact]
    public void Any_flattened_map_is_as_in_float64() => Maps.Select(Gen.Int).Sample(
        (shape, seed) => Check(shape, seed), iter: RandomLayers.Iterations(300), threads: 1);

    private static void Check(Shape shape, int seed)
    {
        Current.Shape = shape;
        int inputs = shape.Features * shape.Height * shape.Width;
        float[] input = Closeness.Normal(shape.Rows * inputs, seed);
        float[] weight = Closeness.Normal(shape.Outputs * inputs, seed + 1);
        float[] bias = Closeness.Normal(shape.Outputs, seed + 2);
        for (int index = 0; index < weight.Length; index++) weight[index] *= 2 / MathF.Sqrt(inputs);

        double[] expected = new double[shape.Rows * shape.Outputs];
        for (int index = 0; index < expected.Length; index++)
        {
            int output = index % shape.Outputs;
            double sum = bias[output];
            int row = index / shape.Outputs * inputs;
            for (int at = 0; at < inputs; at++) sum += (double)weight[(output * inputs) + at] * input[row + at];
            expected[index] = ReferenceActivation.Apply(shape.Activation, 0.01f, sum);
        }

        double error = Closeness.RelativeError(expected, Run(shape, input, weight, bias));
        Assert.True(error < Math.ScaleB(8 + Math.Sqrt(inputs), -24), $"{error} for {shape}");
    }

    private static float[] Run(Shape shape, float[] input, float[] weight, float[] bias)
    {
        FeatureMapShape map = new(shape.Features, shape.Height, shape.Width, shape.Border);
        int outputPitch = (int)Arena.RoundUp(shape.Outputs);
        int packedLength = LinearLayer.PackedLength<Current>();
        using Arena arena = new((shape.Rows * (map.Length + (long)outputPitch)) + packedLength);
        ArenaBuffer x = arena.Take(shape.Rows * map.Length);
        ArenaBuffer packed = arena.Take(packedLength);
        ArenaBuffer y = arena.Take(shape.Rows * outputPitch);
        for (int row = 0; row < shape.Rows; row++)
        {
            ReadOnlySpan<float> features = input.AsSpan(row * shape.Features * shape.Height * shape.Width, input.Length / shape.Rows);
            FeatureMap.LoadBlocked(features, x.Slice(row * map.Length, map.Length), map.Channels, map.Height, map.Width, map.Border);
        }

        LinearLayer.Pack<Current>(weight, bias, packed);
        if (shape.Height * shape.Width > 1 || shape.Border > 0) LinearLayer.Run<Current>(x, packed, y);
        else LinearLayer.RunRows<Current>(x, packed, y, shape.Rows);

        float[] output = new float[shape.Rows * shape.Outputs];
        for (int index = 0; index < output.Length; index++)
        {
            output[index] = y.AsSpan()[(index / shape.Outputs * outputPitch) + (index % shape.Outputs)];
        }

        return output;
    }

    internal sealed record Shape(int Features, int Outputs, int Rows, int Height, int Width, int Border, Activation Activation);

    internal readonly struct Current : ILinearShape
    {
        [ThreadStatic]
        private static Shape? current;

        public static Shape Shape
        {
            get => current!;
            set => current = value;
        }

        public static int InputFeatures => Shape.Features;

        public static int OutputFeatures => Shape.Outputs;

        public static int InputHeight => Shape.Height;

        public static int InputWidth => Shape.Width;

        public static int InputBorder => Shape.Border;

        public static Activation Activation => Shape.Activation;
    }
}
