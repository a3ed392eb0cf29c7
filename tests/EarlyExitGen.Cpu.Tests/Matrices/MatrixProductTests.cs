using CsCheck;
using EarlyExitGen.Cpu.Matrices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Tests.Convolution;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Matrices;

[Trait("Vectors", "EveryWidth")]
public sealed class MatrixProductTests
{
    [Fact]
    public void Any_product_is_as_in_float64() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Bool, Gen.Bool, Gen.Int).Sample(
            (matrices, rows, inner, columns, transposed, repeated, seed) =>
            {
                MatrixView leftView = new(2, repeated ? 0 : rows * (inner + 3), inner + 3);
                MatrixView rightView = transposed ? new(1, inner * columns, 1, inner) : new(1, inner * columns, columns);
                float[] left = Closeness.Normal(leftView.Length(matrices, rows, inner), seed);
                float[] right = Closeness.Normal(rightView.Length(matrices, inner, columns), seed + 1);
                int pitch = (columns + 15) / 16 * 16;
                int scratch = MatrixProduct.ScratchLength(inner, columns);
                using Arena arena = new(
                    Arena.RoundUp(left.Length) + Arena.RoundUp(right.Length) + Arena.RoundUp(matrices * rows * pitch) + scratch);
                ArenaBuffer a = arena.Take(left.Length);
                ArenaBuffer b = arena.Take(right.Length);
                ArenaBuffer y = arena.Take(matrices * rows * pitch);
                left.CopyTo(a.AsSpan());
                right.CopyTo(b.AsSpan());
                MatrixProduct.Run(a, leftView, b, rightView, y, matrices, rows, inner, columns, arena.Take(scratch));

                double[] expected = new double[matrices * rows * pitch];
                for (int index = 0; index < expected.Length; index++)
                {
                    (int matrix, int row, int column) = (index / pitch / rows, index / pitch % rows, index % pitch);
                    for (int at = 0; at < inner && column < columns; at++)
                    {
                        expected[index] += (double)left[leftView.Offset + (matrix * leftView.Matrix) + (row * leftView.Row) + at]
                            * right[rightView.Offset + (matrix * rightView.Matrix) + (at * rightView.Row) + (column * rightView.Column)];
                    }
                }

                double allowed = Math.ScaleB(4 + Math.Sqrt(inner), -24);
                Assert.InRange(Closeness.RelativeError(expected, y.AsSpan()), 0, allowed);
            },
            iter: RandomLayers.Iterations(100),
            threads: 1);

    [Fact]
    public void A_left_matrix_whose_columns_lie_apart_is_refused()
    {
        using Arena arena = new(256);
        ArenaBuffer map = arena.Take(64);
        Assert.Throws<ArgumentException>(
            () => MatrixProduct.Run(map, new MatrixView(0, 0, 1, 2), map, new MatrixView(0, 0, 2), map, 1, 2, 2, 2, arena.Take(64)));
    }
}
