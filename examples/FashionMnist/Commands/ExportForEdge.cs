using System.Text;
using EarlyExitGen;
using FashionMnist.Images;
using Spectre.Console;

namespace FashionMnist.Commands;

/// <summary>Writes what the EdgeClassifier example needs: weights with the policy, test images one by one, and the same as one stream.</summary>
internal static class ExportForEdge
{
    private const string WeightsName = "edge.safetensors";
    private const string ImagesName = "edge-images";
    private const string FramesName = "edge-frames.raw";
    private const int Images = 20;

    /// <summary>Runs the command.</summary>
    public static int Run(NetworkOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        using TrainedNetwork network = TrainedNetwork.Prepare(options, console, cancellation);
        string policy = options.Output(Calibrate.PolicyName);
        if (File.Exists(policy)) network.Net.Policy = ExitPolicy.Load(network.Net.Plan, policy);
        network.Net.SaveForCpu(options.Output(WeightsName));

        ImageSet images = network.Test.Take(Images);
        Directory.CreateDirectory(options.Output(ImagesName));
        for (int image = 0; image < images.Count; image++)
        {
            string label = ImageSet.ClassNames[images.Labels[image]].Replace(' ', '-');
            byte[] pixels = images.Pixels.Slice(image * ImageSet.PixelsPerImage, ImageSet.PixelsPerImage).ToArray();
            byte[] head = Encoding.ASCII.GetBytes($"P5\n{ImageSet.Side} {ImageSet.Side}\n255\n");
            File.WriteAllBytes(Path.Combine(options.Output(ImagesName), $"{image:00}-{label}.pgm"), [.. head, .. pixels]);
        }

        File.WriteAllBytes(options.Output(FramesName), images.Pixels.ToArray());
        console.WriteLine($"Wrote {options.Output(WeightsName)}");
        console.WriteLine($"Wrote {images.Count} images to {options.Output(ImagesName)} and {options.Output(FramesName)}");
        return ExitCode.Success;
    }
}
