namespace FashionMnist.Commands;

/// <summary>What one run of the example is asked for.</summary>
/// <param name="DataFolder">The folder with the four IDX files.</param>
/// <param name="OutputFolder">Where the weights and the report go.</param>
/// <param name="Retrain">Train even when there are weights.</param>
/// <param name="Epochs">How often to see every training image.</param>
/// <param name="TrainingImages">The number of training images at most.</param>
/// <param name="TestImages">The number of test images at most.</param>
/// <param name="Calls">Timed calls in each comparison of the benchmark.</param>
internal sealed record RunOptions(
    string DataFolder, string OutputFolder, bool Retrain, int Epochs, int TrainingImages, int TestImages, int Calls);
