namespace FashionMnist.Images;

/// <summary>What the network knows of an image: its size, its classes, and how grey levels become numbers around 0.</summary>
internal static class GreyImage
{
    /// <summary>The classes in the order of their labels.</summary>
    public static readonly string[] ClassNames =
        ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>The height and the width of an image.</summary>
    public const int Side = 28;

    /// <summary>The bytes of an image.</summary>
    public const int Pixels = Side * Side;

    /// <summary>The mean of all pixels of the full training set, scaled to [0, 1].</summary>
    public const float Mean = 0.2860f;

    /// <summary>Their standard deviation.</summary>
    public const float Deviation = 0.3530f;

    /// <summary>The pixels as the network takes them: normalised to mean 0 and deviation 1.</summary>
    public static void Normalise(ReadOnlySpan<byte> pixels, Span<float> normalised)
    {
        for (int pixel = 0; pixel < pixels.Length; pixel++)
        {
            normalised[pixel] = ((pixels[pixel] / (float)byte.MaxValue) - Mean) / Deviation;
        }
    }
}
