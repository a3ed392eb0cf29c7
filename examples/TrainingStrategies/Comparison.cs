using EarlyExitGen.Lab.Training;
using FashionMnist.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace TrainingStrategies;

/// <summary>
/// Trains the same network on the same images for the same epochs in every way, once per seed. A seed decides the first weights and the
/// order of the images, so that the contenders of one seed start alike.
/// </summary>
internal sealed class Comparison : IDisposable
{
    private const int BatchSize = 64;
    private const double LearningRate = 0.004;

    private readonly ComparisonOptions options;
    private readonly Tensor[] tensors;
    private readonly TrainingBatches training;
    private readonly TrainingBatches test;

    public Comparison(ComparisonOptions options)
    {
        this.options = options;
        FashionMnistFolder data = FashionMnistFolder.Read(options.DataFolder);
        ImageSet trainingImages = data.Training.Take(options.TrainingImages);
        ImageSet testImages = data.Test.Take(options.TestImages);
        tensors = [trainingImages.ToTensor(), trainingImages.LabelsToTensor(), testImages.ToTensor(), testImages.LabelsToTensor()];
        training = TrainingBatches.FromTensors(tensors[0], tensors[1], BatchSize);
        test = TrainingBatches.FromTensors(tensors[2], tensors[3], BatchSize, shuffle: false);
        Description =
            $"{trainingImages.Count} training and {testImages.Count} test images, {options.Epochs} epochs, seeds 1 to {options.Seeds}";
        set_num_threads(options.Threads);
        Directory.CreateDirectory(options.OutputFolder);
    }

    /// <summary>What is compared, in one line.</summary>
    public string Description { get; }

    /// <summary>The runs in the order in which they train: every contender of a seed, then the next seed.</summary>
    public IReadOnlyList<(Contender Contender, int Seed)> Runs =>
        [.. Enumerable.Range(1, options.Seeds).SelectMany(seed => options.Contenders.Select(contender => (contender, seed)))];

    /// <summary>Trains once, from where an interrupted run of the same kind has stopped.</summary>
    public RunResult Train(Contender contender, int seed, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        using ClothesNet net = ClothesNet.Seeded(seed);
        TrainingOptions common = new()
        {
            Epochs = options.Epochs,
            Seed = seed,
            Optimizer = parameters => AdamW(parameters, LearningRate),
            Scheduler = (optimizer, steps) => CosineAnnealingLR(optimizer, steps),
            SchedulerInterval = SchedulerInterval.Batch,
            Checkpoint = new CheckpointOptions(CheckpointPath(contender, seed)),
        };
        bool resumed = File.Exists(common.Checkpoint.Path);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        TrainingResult result = new EarlyExitTrainer(net, contender.Choose(common)).Fit(training, test, progress, cancellation);
        TimeSpan spent = Environment.CpuUsage.TotalTime - before;
        return new RunResult(
            contender.Name, seed, [.. result.Epochs[^1].Validation.Select(exit => exit.Accuracy)], resumed ? null : spent);
    }

    /// <summary>Forgets the runs, so that the next comparison trains anew.</summary>
    public void DeleteCheckpoints()
    {
        foreach ((Contender contender, int seed) in Runs) File.Delete(CheckpointPath(contender, seed));
    }

    public void Dispose()
    {
        foreach (Tensor tensor in tensors) tensor.Dispose();
    }

    private string CheckpointPath(Contender contender, int seed) => Path.Combine(
        options.OutputFolder,
        $"{contender.Name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-')}-seed{seed}-{options.Epochs}x" +
        $"{options.TrainingImages}-{options.TestImages}.checkpoint");
}
