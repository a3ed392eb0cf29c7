using FashionMnist.Images;

namespace FashionMnist.Commands;

/// <summary>Makes the four files in this example's data folder from the full Fashion-MNIST.</summary>
internal static class WriteSubset
{
    /// <summary>Reads the full set from one folder and writes the subset to another.</summary>
    public static int Run(string from, string to, TextWriter output)
    {
        FashionMnistFolder full = FashionMnistFolder.Read(from);
        FashionMnistFolder subset = new(
            BalancedSubset.FirstOfEachClass(full.Training, BalancedSubset.TrainingPerClass),
            BalancedSubset.FirstOfEachClass(full.Test, BalancedSubset.TestPerClass));
        subset.Write(to);
        output.WriteLine($"Wrote {subset.Training.Count:N0} training and {subset.Test.Count:N0} test images to {Path.GetFullPath(to)}.");
        return ExitCode.Success;
    }
}
