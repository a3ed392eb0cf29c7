using System.Diagnostics;
using System.Globalization;
using EarlyExitGen;
using FashionMnist;
using FashionMnist.Images;

namespace EdgeClassifier;

/// <summary>Classifies one image after the other and prints label, exit and time of each.</summary>
internal sealed class Classifier(FashionNet.CpuPipeline pipeline, TextWriter output)
{
    private readonly float[] input = new float[GreyImage.Pixels];
    private readonly float[] logits = new float[GreyImage.ClassNames.Length];
    private readonly int[] answers = new int[pipeline.Plan.Exits.Length];
    private readonly List<double> times = [];

    /// <summary>Classifies an image of <see cref="GreyImage.Pixels"/> bytes.</summary>
    public void Classify(string name, ReadOnlySpan<byte> pixels)
    {
        long start = Stopwatch.GetTimestamp();
        GreyImage.Normalise(pixels, input);
        ExitDecision decision = pipeline.Forward(input, logits);
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;

        times.Add(microseconds);
        answers[decision.Exit]++;
        string exit = $"exit {decision.Exit} '{pipeline.Plan.Exits[decision.Exit].Name}'";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-20} {GreyImage.ClassNames[decision.Label],-12} {exit,-16} {microseconds,8:0.0} µs"));
    }

    /// <summary>Prints how many images left where, and the median time.</summary>
    public void WriteSummary()
    {
        if (times.Count == 0) throw new InvalidDataException("there is no image.");
        times.Sort();
        string exits = string.Join(", ", answers.Select((count, exit) => $"{count} at '{pipeline.Plan.Exits[exit].Name}'"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{times.Count} images: {exits}; median {times[times.Count / 2]:0.0} µs"));
    }
}
