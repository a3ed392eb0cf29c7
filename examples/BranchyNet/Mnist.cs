using FashionMnist.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace BranchyNet;

/// <summary>Labelled digits.</summary>
/// <param name="Images">[N, 1, 28, 28], standardised.</param>
/// <param name="Labels">[N], int64.</param>
internal sealed record Mnist(Tensor Images, Tensor Labels)
{
    /// <summary>The value of a black pixel.</summary>
    public const float Background = -Mean / Deviation;

    private const int Side = 28;
    private const float Mean = 0.1307f;
    private const float Deviation = 0.3081f;

    /// <summary>Reads one pair of IDX files of MNIST.</summary>
    /// <param name="folder">The folder with the files.</param>
    /// <param name="prefix"><c>train</c> or <c>t10k</c>.</param>
    /// <exception cref="InvalidDataException">A file is damaged or the two do not fit.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static Mnist Read(string folder, string prefix)
    {
        string imagesPath = Path.Combine(folder, $"{prefix}-images-idx3-ubyte");
        IdxFile images = IdxFile.Read(imagesPath, dimensions: 3);
        IdxFile labels = IdxFile.Read(Path.Combine(folder, $"{prefix}-labels-idx1-ubyte"), dimensions: 1);
        if (images.Shape is not [int count, Side, Side] || labels.Shape[0] != count)
        {
            throw new InvalidDataException(
                $"{imagesPath} holds [{string.Join(", ", images.Shape)}] pixels for {labels.Shape[0]} labels; " +
                "MNIST has [N, 28, 28] for N.");
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = tensor(images.Elements, [count, 1, Side, Side], ScalarType.Byte).to(ScalarType.Float32);
        Tensor standard = ((pixels / 255f) - Mean) / Deviation;
        Tensor classes = tensor(labels.Elements, [count], ScalarType.Byte).to(ScalarType.Int64);
        return new Mnist(standard.MoveToOuterDisposeScope(), classes.MoveToOuterDisposeScope());
    }

    /// <summary>The digits from one index on, up to another.</summary>
    public Mnist Between(int start, int end) => new(Images[start..end], Labels[start..end]);
}
