using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Images;

/// <summary>Grey images of 28×28 pixels and the class of each.</summary>
internal sealed class ImageSet
{
    /// <summary>The classes in the order of their labels.</summary>
    public static string[] ClassNames => GreyImage.ClassNames;

    /// <summary>The height and the width of an image.</summary>
    public const int Side = GreyImage.Side;

    /// <summary>The bytes of an image.</summary>
    public const int PixelsPerImage = GreyImage.Pixels;

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
            .div_(byte.MaxValue).sub_(GreyImage.Mean).div_(GreyImage.Deviation)
            .MoveToOuterDisposeScope();
    }

    /// <summary>A difference of this many grey levels, as the tensor of the images has it.</summary>
    public static double Standardised(double greyLevels) => greyLevels / byte.MaxValue / GreyImage.Deviation;

    /// <summary>The class of each image as [N] numbers.</summary>
    public Tensor LabelsToTensor() => tensor(labels, ScalarType.Int64);
}
