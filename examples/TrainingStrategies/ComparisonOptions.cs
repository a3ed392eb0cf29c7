namespace TrainingStrategies;

/// <summary>What a comparison is asked for.</summary>
/// <param name="DataFolder">The folder with the four IDX files of Fashion-MNIST.</param>
/// <param name="OutputFolder">Where the table, the plot and the checkpoints of unfinished runs go.</param>
/// <param name="Epochs">How often each run sees every training image.</param>
/// <param name="TrainingImages">The number of training images at most.</param>
/// <param name="TestImages">The number of test images at most.</param>
/// <param name="Seeds">How many times each contender trains.</param>
/// <param name="Threads">The threads of each tensor operation.</param>
/// <param name="Contenders">What is compared.</param>
internal sealed record ComparisonOptions(
    string DataFolder,
    string OutputFolder,
    int Epochs,
    int TrainingImages,
    int TestImages,
    int Seeds,
    int Threads,
    IReadOnlyList<Contender> Contenders);
