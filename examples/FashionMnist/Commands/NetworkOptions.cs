namespace FashionMnist.Commands;

/// <summary>Which data a command uses, and which network.</summary>
/// <param name="DataFolder">The folder with the four IDX files.</param>
/// <param name="OutputFolder">Where weights, policies and reports go.</param>
/// <param name="Retrain">Train even when there are weights.</param>
/// <param name="Epochs">How often to see every training image.</param>
/// <param name="TrainingImages">The number of training images at most.</param>
/// <param name="TestImages">The number of test images at most.</param>
internal sealed record NetworkOptions(
    string DataFolder, string OutputFolder, bool Retrain, int Epochs, int TrainingImages, int TestImages)
{
    /// <summary>The full path of a file in the output folder.</summary>
    public string Output(string name) => Path.GetFullPath(Path.Combine(OutputFolder, name));
}
