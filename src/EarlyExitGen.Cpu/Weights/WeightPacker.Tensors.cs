using EarlyExitGen.Cpu.Memory;

namespace EarlyExitGen.Cpu.Weights;

/// <content>Tensors that belong to no layer: learned positions, tokens, scales. Kernels read them as they read maps.</content>
public sealed partial class WeightPacker
{
    /// <summary>Packs a tensor as rows of features, each filled up to a multiple of 16.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="stored">Its shape there.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="features">Features of a row.</param>
    /// <exception cref="WeightsFileException">The entry is missing, or of another shape or type.</exception>
    public void TensorOfRows(string path, ReadOnlySpan<long> stored, int rows, int features) =>
        TensorOfRows(path, stored, shape: [], repeated: [], rows, features);

    /// <summary>Packs a tensor as rows of features, with dimensions of size 1 repeated.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="stored">Its shape there.</param>
    /// <param name="shape">The shape in which its elements are counted.</param>
    /// <param name="repeated">The same with other sizes where that has 1.</param>
    /// <param name="rows">How many rows the repeated elements are.</param>
    /// <param name="features">Features of a row.</param>
    /// <exception cref="WeightsFileException">The entry is missing, or of another shape or type.</exception>
    public void TensorOfRows(
        string path, ReadOnlySpan<long> stored, ReadOnlySpan<long> shape, ReadOnlySpan<long> repeated, int rows, int features)
    {
        if (Take(FeatureMapLayout.BlockedLength(features, rows, 1)) is not { } packed) return;
        FeatureMap.LoadRows(Repeat(file[path].ToSingles(stored), shape, repeated), packed, rows, features);
    }

    /// <summary>Packs a tensor as a blocked map, or as a vector, which is a map of one pixel.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="stored">Its shape there.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <param name="border">The zeros around it.</param>
    /// <exception cref="WeightsFileException">The entry is missing, or of another shape or type.</exception>
    public void TensorOfMap(string path, ReadOnlySpan<long> stored, int channels, int height, int width, int border = 0) =>
        TensorOfMap(path, stored, shape: [], repeated: [], channels, height, width, border);

    /// <summary>Packs a tensor as a blocked map, with dimensions of size 1 repeated.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="stored">Its shape there.</param>
    /// <param name="shape">The shape in which its elements are counted.</param>
    /// <param name="repeated">The same with other sizes where that has 1.</param>
    /// <param name="channels">Channels of the repeated elements.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <param name="border">The zeros around it.</param>
    /// <exception cref="WeightsFileException">The entry is missing, or of another shape or type.</exception>
    public void TensorOfMap(
        string path,
        ReadOnlySpan<long> stored,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<long> repeated,
        int channels,
        int height,
        int width,
        int border = 0)
    {
        if (Take(FeatureMapLayout.BlockedLength(channels, height, width, border)) is not { } packed) return;
        FeatureMap.LoadBlocked(Repeat(file[path].ToSingles(stored), shape, repeated), packed, channels, height, width, border);
    }

    /// <summary>Elements in order, each as often as the repeated shape has it.</summary>
    private static float[] Repeat(float[] values, ReadOnlySpan<long> shape, ReadOnlySpan<long> repeated)
    {
        if (repeated.SequenceEqual(shape)) return values;
        long count = 1;
        foreach (long size in repeated) count *= size;
        float[] result = new float[count];
        for (int index = 0; index < result.Length; index++)
        {
            long rest = index;
            long source = 0;
            long stride = 1;
            for (int axis = repeated.Length - 1; axis >= 0; axis--)
            {
                if (shape[axis] != 1) source += rest % repeated[axis] * stride;
                rest /= repeated[axis];
                stride *= shape[axis];
            }

            result[index] = values[source];
        }

        return result;
    }
}
