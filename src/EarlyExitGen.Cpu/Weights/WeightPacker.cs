using System.Collections.Immutable;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Normalization;

namespace EarlyExitGen.Cpu.Weights;

/// <summary>A batch normalisation at inference: where its weights are in the file, and its constants.</summary>
/// <param name="Path">Its name in the state dictionary.</param>
/// <param name="Epsilon">What is added to the variance.</param>
/// <param name="IsAffine">Whether it has a scale and a shift.</param>
public readonly record struct BatchNormWeights(string Path, double Epsilon, bool IsAffine);

/// <summary>
/// Takes each layer's weights from a file, folds the batch normalisation after it and arranges them for its kernel. For generated code,
/// which lists its layers twice: the first time only their sizes are added up.
/// </summary>
public sealed partial class WeightPacker
{
    private readonly SafetensorsFile file;
    private readonly Arena? arena;
    private readonly ImmutableArray<ArenaBuffer>.Builder layers = ImmutableArray.CreateBuilder<ArenaBuffer>();

    internal WeightPacker(SafetensorsFile file, Arena? arena) => (this.file, this.arena) = (file, arena);

    /// <summary>The floats that the layers so far take.</summary>
    internal long Length { get; private set; }

    /// <summary>The layers so far.</summary>
    internal ImmutableArray<ArenaBuffer> Layers => layers.ToImmutable();

    /// <summary>Packs a convolution.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="hasBias">Whether it has a bias.</param>
    /// <param name="norm">The batch normalisation that follows it, if one does.</param>
    /// <param name="spatialDimensions">1 or 2: the dimensions of its kernel in the file.</param>
    /// <exception cref="WeightsFileException">An entry is missing, or of another shape or type.</exception>
    public void Convolution<TShape>(string path, bool hasBias, BatchNormWeights? norm = null, int spatialDimensions = 2)
        where TShape : struct, IConvolutionShape
    {
        int perGroup = TShape.InputChannels / TShape.Groups;
        if (Take(Convolution2d.PackedLength<TShape>()) is not { } packed) return;
        ReadOnlySpan<long> shape = spatialDimensions == 1
            ? [TShape.OutputChannels, perGroup, TShape.KernelWidth]
            : [TShape.OutputChannels, perGroup, TShape.KernelHeight, TShape.KernelWidth];
        (float[] weight, float[] bias) = Layer(path, shape, hasBias, norm);
        Convolution2d.Pack<TShape>(weight, bias, packed);
    }

    /// <summary>Packs a linear layer.</summary>
    /// <typeparam name="TShape">The layer.</typeparam>
    /// <inheritdoc cref="Convolution{TShape}" path="/param|/exception"/>
    public void Linear<TShape>(string path, bool hasBias, BatchNormWeights? norm = null)
        where TShape : struct, ILinearShape
    {
        if (Take(LinearLayer.PackedLength<TShape>()) is not { } packed) return;
        long inputs = (long)TShape.InputFeatures * TShape.InputHeight * TShape.InputWidth;
        (float[] weight, float[] bias) = Layer(path, [TShape.OutputFeatures, inputs], hasBias, norm);
        LinearLayer.Pack<TShape>(weight, bias, packed);
    }

    /// <summary>Packs a batch normalisation that follows no layer to fold it into: a 1×1 convolution of each channel by itself.</summary>
    /// <typeparam name="TShape">That convolution.</typeparam>
    /// <param name="norm">The batch normalisation.</param>
    /// <exception cref="WeightsFileException">An entry is missing, or of another shape or type.</exception>
    public void BatchNorm<TShape>(BatchNormWeights norm)
        where TShape : struct, IConvolutionShape
    {
        if (Take(Convolution2d.PackedLength<TShape>()) is not { } packed) return;
        float[] weight = new float[TShape.OutputChannels];
        float[] bias = new float[TShape.OutputChannels];
        Array.Fill(weight, 1);
        Fold(weight, bias, norm);
        Convolution2d.Pack<TShape>(weight, bias, packed);
    }

    /// <summary>Packs the scales and shifts of a layer or group normalisation.</summary>
    /// <param name="path">Its name in the state dictionary.</param>
    /// <param name="shape">The shape of the scales and shifts.</param>
    /// <param name="hasScale">Whether it has scales.</param>
    /// <param name="hasShift">Whether it has shifts.</param>
    /// <exception cref="WeightsFileException">An entry is missing, or of another shape or type.</exception>
    public void Norm(string path, ReadOnlySpan<long> shape, bool hasScale, bool hasShift)
    {
        long features = 1;
        foreach (long dimension in shape) features *= dimension;
        if (Take(LayerNorm.PackedLength((int)features)) is not { } packed) return;
        float[] scale = hasScale ? file[$"{path}.weight"].ToSingles(shape) : [];
        float[] shift = hasShift ? file[$"{path}.bias"].ToSingles(shape) : [];
        LayerNorm.Pack(scale, shift, (int)features, packed);
    }

    private (float[] Weight, float[] Bias) Layer(string path, ReadOnlySpan<long> shape, bool hasBias, BatchNormWeights? norm)
    {
        float[] weight = Entry($"{path}.weight").ToSingles(shape);
        float[] bias = hasBias ? Entry($"{path}.bias").ToSingles(shape[0]) : new float[shape[0]];
        if (norm is { } folded) Fold(weight, bias, folded);
        return (weight, bias);
    }

    private WeightsEntry Entry(string name) =>
        !file.TryGetEntry(name, out _) && file.TryGetEntry(WeightNames.WithoutModule(name), out WeightsEntry? projection) ? projection : file[name];

    private void Fold(float[] weight, float[] bias, BatchNormWeights norm)
    {
        float[] mean = file[$"{norm.Path}.running_mean"].ToSingles(bias.Length);
        float[] variance = file[$"{norm.Path}.running_var"].ToSingles(bias.Length);
        float[] scale = norm.IsAffine ? file[$"{norm.Path}.weight"].ToSingles(bias.Length) : [];
        float[] shift = norm.IsAffine ? file[$"{norm.Path}.bias"].ToSingles(bias.Length) : [];
        BatchNormFolding.Fold(weight, bias, mean, variance, scale, shift, norm.Epsilon);
    }

    private ArenaBuffer? Take(int length)
    {
        Length += Arena.RoundUp(length);
        if (arena is null) return null;
        ArenaBuffer buffer = arena.Take(length);
        layers.Add(buffer);
        return buffer;
    }
}
