using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// Images as a tired camera would see them. Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions
/// and Perturbations", 2019. Every method gives a new tensor [N, C, H, W] that the caller owns, and leaves its input as it is.
/// </summary>
public static class ImageShift
{
    /// <summary>Adds Gaussian noise.</summary>
    /// <param name="images">[N, C, H, W], floating point.</param>
    /// <param name="deviation">The noise's standard deviation in units of a pixel; at least 0.</param>
    /// <param name="seed">Of the noise.</param>
    public static Tensor Noise(Tensor images, double deviation, int seed)
    {
        RequireImages(images);
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        Tensor noise = randn(images.shape, images.dtype, CPU, generator: generator);
        return (images + (noise.to(images.device) * deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>Blurs with a Gaussian; the edge pixels go on beyond the edge.</summary>
    /// <param name="images">[N, C, H, W], floating point.</param>
    /// <param name="deviation">The Gaussian's standard deviation in pixels; above 0.</param>
    public static Tensor Blur(Tensor images, double deviation)
    {
        RequireImages(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(deviation);
        using DisposeScope scope = NewDisposeScope();
        int radius = (int)Math.Ceiling(3 * deviation);
        double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(x => Math.Exp(-x * x / (2 * deviation * deviation)))];
        double sum = weights.Sum();
        Tensor kernel = tensor(Array.ConvertAll(weights, weight => weight / sum)).to(images.dtype).to(images.device);
        long channels = images.size(1);
        Tensor padded = nn.functional.pad(images, [radius, radius, radius, radius], PaddingModes.Replicate);
        Tensor across = kernel.reshape(1, 1, 1, -1).expand(channels, 1, 1, -1);
        Tensor down = kernel.reshape(1, 1, -1, 1).expand(channels, 1, -1, 1);
        Tensor blurred = nn.functional.conv2d(padded, across, groups: channels);
        return nn.functional.conv2d(blurred, down, groups: channels).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates about the centre, counter-clockwise, with bilinear interpolation; what comes in from outside is 0.</summary>
    /// <param name="images">[N, C, H, W], floating point.</param>
    /// <param name="degrees">The angle.</param>
    public static Tensor Rotate(Tensor images, double degrees)
    {
        RequireImages(images);
        using DisposeScope scope = NewDisposeScope();
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double aspect = (double)images.size(2) / images.size(3);
        Tensor turn = tensor(new double[,] { { cosine, -sine * aspect, 0 }, { sine / aspect, cosine, 0 } })
            .to(images.dtype).to(images.device).unsqueeze(0).expand(images.size(0), 2, 3);
        Tensor grid = nn.functional.affine_grid(turn, images.shape, align_corners: false);
        return nn.functional.grid_sample(images, grid, align_corners: false).MoveToOuterDisposeScope();
    }

    /// <summary>Scales each image's distance from its own mean.</summary>
    /// <param name="images">[N, C, H, W], floating point.</param>
    /// <param name="factor">Below 1 for less contrast; at least 0.</param>
    public static Tensor Contrast(Tensor images, double factor)
    {
        RequireImages(images);
        ArgumentOutOfRangeException.ThrowIfNegative(factor);
        using DisposeScope scope = NewDisposeScope();
        Tensor mean = images.mean([1, 2, 3], keepdim: true);
        return (((images - mean) * factor) + mean).MoveToOuterDisposeScope();
    }

    private static void RequireImages(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 4 || !images.is_floating_point())
        {
            throw new ArgumentException(
                $"Images are a floating-point tensor [N, C, H, W], but [{string.Join(", ", images.shape)}] of {images.dtype} was given.",
                nameof(images));
        }
    }
}
