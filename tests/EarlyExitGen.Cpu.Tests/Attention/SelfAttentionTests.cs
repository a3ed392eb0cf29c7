using CsCheck;
using EarlyExitGen.Cpu.Attention;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Attention;

[Trait("Vectors", "EveryWidth")]
public sealed class SelfAttentionTests
{
    [Fact]
    public void Any_sequence_is_as_in_float64() => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 4], Gen.Int[1, 40], Gen.Bool, Gen.Int).Sample(
        (tokens, heads, features, causal, seed) =>
        {
            int width = heads * features;
            AttentionShape shape = new(tokens, heads, features, 3 * width, width, causal);
            float[] projected = Closeness.Normal(tokens * 3 * width, seed);
            using Arena arena = new(Arena.RoundUp(projected.Length) + Arena.RoundUp(tokens * width) + shape.ScratchLength);
            ArenaBuffer input = arena.Take(projected.Length);
            ArenaBuffer output = arena.Take(tokens * width);
            ArenaBuffer scratch = arena.Take(shape.ScratchLength);
            projected.CopyTo(input.AsSpan());
            ArenaBuffer keys = input.Slice(width, input.Length - width);
            ArenaBuffer values = input.Slice(2 * width, input.Length - (2 * width));
            SelfAttention.Run(input, keys, values, output, shape, scratch);
            Assert.True(Closeness.RelativeError(Reference(shape, projected, width), output.AsSpan()) < 2e-6);
        },
        iter: RandomLayers.Iterations(100),
        threads: 1);

    private static double[] Reference(AttentionShape shape, float[] projected, int width)
    {
        double[] output = new double[shape.Tokens * width];
        for (int token = 0; token < shape.Tokens; token++)
        {
            int seen = shape.IsCausal ? token + 1 : shape.Tokens;
            for (int head = 0; head < shape.Heads; head++)
            {
                int first = head * shape.HeadFeatures;
                double[] exp = new double[seen];
                for (int other = 0; other < seen; other++)
                {
                    double dot = 0;
                    for (int at = first; at < first + shape.HeadFeatures; at++)
                    {
                        dot += (double)projected[(token * 3 * width) + at] * projected[(((other * 3) + 1) * width) + at];
                    }

                    exp[other] = Math.Exp(dot / Math.Sqrt(shape.HeadFeatures));
                }

                for (int at = first; at < first + shape.HeadFeatures; at++)
                {
                    double sum = 0;
                    for (int other = 0; other < seen; other++) sum += exp[other] * projected[(((other * 3) + 2) * width) + at];
                    output[(token * width) + at] = sum / exp.Sum();
                }
            }
        }

        return output;
    }
}
