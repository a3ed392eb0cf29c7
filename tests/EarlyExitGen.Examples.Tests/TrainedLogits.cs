using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Training;
using EarlyExitGen.TorchRuntime;
using FashionMnist;
using FashionMnist.Images;
using FashionMnist.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Examples.Tests;

/// <summary>Logits of the example's network for images that it was not trained on, after a training that takes seconds.</summary>
internal static class TrainedLogits
{
    private const int TrainingImages = 2000;
    private const int Epochs = 8;

    /// <summary>The example's held-out images and its test images.</summary>
    public static readonly Lazy<RecordedLogits> Pool = new(Train);

    private static RecordedLogits Train()
    {
        FashionMnistFolder data = FashionMnistFolder.Read(FashionMnistFolder.IncludedPath);
        CalibrationSplit split = CalibrationSplit.Of(data.Training);
        LibTorch.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        using FashionNet net = new();
        JointTraining.Train(
            net,
            split.Training.Take(TrainingImages),
            Epochs,
            seed: 1,
            JointTraining.EveryExit,
            new Progress<TrainingProgress>(),
            CancellationToken.None);
        return Record(split.HeldOut).Concat(Record(data.Test));

        RecordedLogits Record(ImageSet images) => RecordedLogits.Record(net, images.ToTensor(), images.LabelsToTensor());
    }
}
