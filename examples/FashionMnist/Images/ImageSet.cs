using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Images;

/// <summary>Grey images of 28×28 pixels and the class of each.</summary>
internal sealed class ImageSet
{
    /// <summary>The classes in the order of their labels.</summary>
    public static readonly string[] ClassNames =
        ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>The height and the width of an image.</summary>
    public const int Side = 28;

    /// <summary>The bytes of an image.</summary>
    public const int PixelsPerImage = Side * Side;

    // The mean and the standard deviation of all pixels of the full training set, scaled to [0, 1].
    private const float PixelMean = 0.2860f;
    private const float PixelDeviation = 0.3530f;

    private readonly byte[] pixels;
    private readonly byte[] labels;

    /// <summary>Takes one label and <see cref="PixelsPerImage"/> bytes per image.</summary>
    public ImageSet(byte[] pixels, byte[] labels)
    {
        if (pixels.Length != labels.Length * PixelsPerImage)
        {
            throw new ArgumentException($"{labels.Length} images need {labels.Length * PixelsPerImage} bytes, not {pixels.Length}.");
        }

        this.pixels = pixels;
        this.labels = labels;
    }

    /// <summary>The number of images.</summary>
    public int Count => labels.Length;

    /// <summary>The class of each image, counted from 0.</summary>
    public ReadOnlySpan<byte> Labels => labels;

    /// <summary>The pixels of every image, one image after the other, row by row.</summary>
    public ReadOnlySpan<byte> Pixels => pixels;

    /// <summary>SHA-256 over pixels and labels, in hexadecimal.</summary>
    public string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(pixels);
        hash.AppendData(labels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The first <paramref name="count"/> images, or all when there are fewer.</summary>
    public ImageSet Take(int count) =>
        count >= Count ? this : new ImageSet(pixels[..(count * PixelsPerImage)], labels[..count]);

    /// <summary>The images at <paramref name="indices"/>, in that order.</summary>
    public ImageSet Select(IReadOnlyCollection<int> indices) => new(
        [.. indices.SelectMany(index => pixels.AsSpan(index * PixelsPerImage, PixelsPerImage).ToArray())],
        [.. indices.Select(index => labels[index])]);

    /// <summary>The images as the network takes them: [N, 1, 28, 28], normalised to mean 0 and deviation 1.</summary>
    public Tensor ToTensor()
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor(pixels).view(-1, 1, Side, Side).to(ScalarType.Float32)
            .div_(byte.MaxValue).sub_(PixelMean).div_(PixelDeviation)
            .MoveToOuterDisposeScope();
    }

    /// <summary>A difference of this many grey levels, as the tensor of the images has it.</summary>
    public static double Standardised(double greyLevels) => greyLevels / byte.MaxValue / PixelDeviation;

    /// <summary>The class of each image as [N] numbers.</summary>
    public Tensor LabelsToTensor() => tensor(labels, ScalarType.Int64);
}
