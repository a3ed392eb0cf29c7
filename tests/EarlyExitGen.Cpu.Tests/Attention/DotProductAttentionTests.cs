using CsCheck;
using EarlyExitGen.Cpu.Attention;
using EarlyExitGen.Cpu.Matrices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Attention;

[Trait("Vectors", "EveryWidth")]
public sealed class DotProductAttentionTests
{
    private static readonly Gen<AttentionShape> Shapes = Gen.Select(
        Gen.Int[1, 4], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Bool,
        (heads, queries, keys, features, valueFeatures, causal) =>
            new AttentionShape(heads, queries, keys, features, valueFeatures, causal));

    [Fact]
    public void Any_attention_is_as_in_float64() => Gen.Select(Shapes, Gen.Bool, Gen.Int).Sample(
        (shape, transposed, seed) =>
        {
            // Queries, keys and values side by side in one projection, head beside head; or keys and values turned.
            Operand queries = Operand.Draw(shape.Heads, shape.Queries, shape.Features, transposed: false, seed);
            Operand keys = Operand.Draw(shape.Heads, shape.Keys, shape.Features, transposed, seed + 1);
            Operand values = Operand.Draw(shape.Heads, shape.Keys, shape.ValueFeatures, transposed, seed + 2);
            int width = shape.Heads * shape.ValueFeatures;
            using Arena arena = new(
                queries.Room + keys.Room + values.Room + Arena.RoundUp(shape.Queries * width) + shape.ScratchLength);
            ArenaBuffer q = queries.Load(arena);
            ArenaBuffer k = keys.Load(arena);
            ArenaBuffer v = values.Load(arena);
            ArenaBuffer output = arena.Take(shape.Queries * width);
            ArenaBuffer scratch = arena.Take(shape.ScratchLength);
            MatrixView target = new(0, shape.ValueFeatures, width);
            DotProductAttention.Run(q, queries.View, k, keys.View, v, values.View, output, target, shape, scratch);
            Assert.InRange(Closeness.RelativeError(Reference(shape, queries, keys, values), output.AsSpan()), 0, 2e-6);
        },
        iter: RandomLayers.Iterations(100),
        threads: 1);

    [Fact]
    public void Features_that_do_not_lie_side_by_side_are_refused()
    {
        using Arena arena = new(1024);
        ArenaBuffer map = arena.Take(512);
        MatrixView whole = new(0, 0, 16);
        AttentionShape shape = new(1, 2, 2, 2, 16);
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => DotProductAttention.Run(map, whole with { Column = 2 }, map, whole, map, whole, map, whole, shape, arena.Take(512)));
        Assert.Contains("are 2 and 1.", exception.Message, StringComparison.Ordinal);
    }

    private static double[] Reference(AttentionShape shape, Operand queries, Operand keys, Operand values)
    {
        int width = shape.Heads * shape.ValueFeatures;
        double[] output = new double[shape.Queries * width];
        for (int query = 0; query < shape.Queries; query++)
        {
            int seen = shape.IsCausal ? Math.Min(query + 1, shape.Keys) : shape.Keys;
            for (int head = 0; head < shape.Heads; head++)
            {
                double[] exp = new double[seen];
                for (int key = 0; key < seen; key++)
                {
                    double dot = 0;
                    for (int at = 0; at < shape.Features; at++) dot += (double)queries[head, query, at] * keys[head, key, at];
                    exp[key] = Math.Exp(dot / Math.Sqrt(shape.Features));
                }

                for (int at = 0; at < shape.ValueFeatures; at++)
                {
                    double sum = 0;
                    for (int key = 0; key < seen; key++) sum += exp[key] * values[head, key, at];
                    output[(query * width) + (head * shape.ValueFeatures) + at] = sum / exp.Sum();
                }
            }
        }

        return output;
    }

    /// <summary>Heads of rows of features as they lie in a projection, or with rows and features changed for each other.</summary>
    private sealed record Operand(float[] Values, MatrixView View)
    {
        public long Room => Arena.RoundUp(Values.Length);

        public float this[int head, int row, int feature] =>
            Values[View.Offset + (head * View.Matrix) + (row * View.Row) + (feature * View.Column)];

        public static Operand Draw(int heads, int rows, int features, bool transposed, int seed)
        {
            const int offset = 3;
            float[] values = Closeness.Normal(offset + (heads * rows * features), seed);
            return new Operand(values, transposed
                ? new MatrixView(offset, rows * features, 1, rows)
                : new MatrixView(offset, features, heads * features));
        }

        public ArenaBuffer Load(Arena arena)
        {
            ArenaBuffer buffer = arena.Take(Values.Length);
            Values.CopyTo(buffer.AsSpan());
            return buffer;
        }
    }
}
