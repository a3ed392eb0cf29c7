using System.Diagnostics;
using EarlyExitGen;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Training;
using EarlyExitGen.Lab.Weights;
using EarlyExitGen.TorchRuntime;
using FashionMnist.Images;
using FashionMnist.Training;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace FashionMnist.Commands;

/// <summary>The network with its weights, in evaluation mode, and the images that it was not trained on.</summary>
internal sealed class TrainedNetwork : IDisposable
{
    private const string WeightsName = "fashion-net.safetensors";
    private const string BaselineName = "fashion-net-without-exits.safetensors";
    private const string RecordName = "training.json";
    private const long Seed = 1;

    private readonly NetworkOptions options;
    private readonly ImageSet training;

    private TrainedNetwork(NetworkOptions options, FashionNet net, CalibrationSplit split, ImageSet test)
    {
        this.options = options;
        Net = net;
        training = split.Training;
        HeldOut = split.HeldOut;
        Test = test;
    }

    /// <summary>The network.</summary>
    public FashionNet Net { get; }

    /// <summary>Images to calibrate on.</summary>
    public ImageSet HeldOut { get; }

    /// <summary>Images to test on.</summary>
    public ImageSet Test { get; }

    /// <summary>Reads the images, and the weights of an earlier run; without them, or when asked to, it trains.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; weights of an earlier run are unchanged.</exception>
    public static TrainedNetwork Prepare(NetworkOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        (CalibrationSplit split, ImageSet test) = Start(options);
        Directory.CreateDirectory(options.OutputFolder);
        manual_seed(Seed);
        FashionNet net = new();
        try
        {
            string weights = options.Output(WeightsName);
            if (options.Retrain || !File.Exists(weights))
            {
                ImageSet images = split.Training.Take(options.TrainingImages);
                console.WriteLine($"Training on {images.Count:N0} images, {options.Epochs} epochs.");
                Train(net, images, options.Epochs, JointTraining.EveryExit, console, cancellation);
                File.Delete(options.Output(BaselineName));
                new TrainingRecord(options.Epochs, images.Count, images.Hash()).Save(options.Output(RecordName));
                net.SaveWeights(weights);
                console.WriteLine($"Saved the weights to {weights}");
            }
            else
            {
                net.LoadWeights(weights);
                console.WriteLine($"Weights of an earlier run: {weights} (--retrain trains again)");
            }

            net.eval();
            return new TrainedNetwork(options, net, split, test);
        }
        catch
        {
            net.Dispose();
            throw;
        }
    }

    /// <summary>Reads the images and the weights of an earlier run.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    public static TrainedNetwork Load(NetworkOptions options, IAnsiConsole console)
    {
        string weights = options.Output(WeightsName);
        if (!File.Exists(weights))
        {
            throw new FileNotFoundException($"There are no weights at {weights}; the command calibrate trains them and makes a policy.");
        }

        return Prepare(options with { Retrain = false }, console, CancellationToken.None);
    }

    /// <summary>Every exit's logits for the images that are held out for calibration.</summary>
    /// <exception cref="InvalidDataException">
    /// There are fewer than two, or the weights may have been trained on them.
    /// </exception>
    /// <exception cref="IOException">Nothing says on which images the weights were trained.</exception>
    public RecordedLogits RecordHeldOut()
    {
        TrainingRecord record = TrainingRecord.Load(options.Output(RecordName));
        if (training.Take(record.Images).Hash() != record.ImagesHash)
        {
            throw new InvalidDataException(
                $"The weights in {options.OutputFolder} were trained on other images than those of {options.DataFolder}, so that none are " +
                "known to be held out; use the same --data, or --retrain.");
        }

        return HeldOut.Count >= 2
            ? Record(HeldOut)
            : throw new InvalidDataException(
                $"{options.DataFolder} leaves {HeldOut.Count} of its training images for calibration; at least 2 are needed.");
    }

    /// <summary>Every exit's logits for images.</summary>
    public RecordedLogits Record(ImageSet images)
    {
        using DisposeScope scope = NewDisposeScope();
        return RecordedLogits.Record(Net, images.ToTensor(), images.LabelsToTensor());
    }

    /// <summary>
    /// The test accuracy of the same network trained alike but for its loss, which is the last exit's alone. It is trained once.
    /// </summary>
    public double BaselineAccuracy(IAnsiConsole console, CancellationToken cancellation)
    {
        string weights = options.Output(BaselineName);
        manual_seed(Seed);
        using FashionNet baseline = new();
        if (File.Exists(weights))
        {
            baseline.LoadWeights(weights);
        }
        else
        {
            TrainingRecord record = TrainingRecord.Load(options.Output(RecordName));
            console.WriteLine($"Training the same network without exits, for comparison: {record.Images:N0} images, {record.Epochs} epochs.");
            Train(baseline, training.Take(record.Images), record.Epochs, JointTraining.LastExit, console, cancellation);
            baseline.SaveWeights(weights);
        }

        baseline.eval();
        using DisposeScope scope = NewDisposeScope();
        RecordedLogits recorded = RecordedLogits.Record(baseline, Test.ToTensor(), Test.LabelsToTensor());
        return Evaluator.Evaluate(recorded, ExitPolicy.Default(baseline.Plan)).FullDepthAccuracy;
    }

    /// <inheritdoc/>
    public void Dispose() => Net.Dispose();

    private static (CalibrationSplit Split, ImageSet Test) Start(NetworkOptions options)
    {
        FashionMnistFolder data = FashionMnistFolder.Read(options.DataFolder);
        LibTorch.EnsureLoaded();

        // The network is small: a second thread saves little, and its waiting costs minutes where other programs use the cores. One
        // thread is also what a server gives each image when it classifies many, and it adds numbers up in the same order on every
        // machine.
        set_num_threads(1);
        return (CalibrationSplit.Of(data.Training), data.Test.Take(options.TestImages));
    }

    private static void Train(
        FashionNet net, ImageSet images, int epochs, LossWeights loss, IAnsiConsole console, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            ProgressDisplay.Show(console, progress => JointTraining.Train(net, images, epochs, Seed, loss, progress, cancellation));
        }
        catch (OperationCanceledException exception)
        {
            throw new OperationCanceledException("Training was interrupted; weights of an earlier run are unchanged.", exception);
        }

        console.WriteLine($"Trained in {clock.Elapsed.TotalSeconds:F0} s.");
    }
}
