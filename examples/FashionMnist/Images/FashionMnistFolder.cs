namespace FashionMnist.Images;

/// <summary>The training and the test images of a folder with the four IDX files of Fashion-MNIST, raw or as .gz.</summary>
internal sealed record FashionMnistFolder(ImageSet Training, ImageSet Test)
{
    private const string TrainingPrefix = "train";
    private const string TestPrefix = "t10k";

    /// <summary>Where Debian's package dataset-fashion-mnist puts the 60,000 training and 10,000 test images.</summary>
    public const string DebianPath = "/usr/share/datasets/fashion-mnist";

    /// <summary>The 12,000 training and 2,000 test images that come with this example.</summary>
    public static string IncludedPath => Path.Combine(AppContext.BaseDirectory, "data");

    /// <summary>Reads the four files.</summary>
    /// <exception cref="IOException">The folder or one of the files does not exist or can't be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, is something else, or does not fit its partner.</exception>
    public static FashionMnistFolder Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"The data folder {folder} does not exist; it should hold the four IDX files of Fashion-MNIST.");
        }

        return new FashionMnistFolder(ReadSet(folder, TrainingPrefix), ReadSet(folder, TestPrefix));
    }

    /// <summary>Reads the two test files of a folder in the same format, such as MNIST's.</summary>
    /// <exception cref="IOException">The folder or one of the files does not exist or can't be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, is something else, or does not fit its partner.</exception>
    public static ImageSet ReadTest(string folder)
    {
        return Directory.Exists(folder)
            ? ReadSet(folder, TestPrefix)
            : throw new DirectoryNotFoundException($"The data folder {folder} does not exist; it should hold IDX files.");
    }

    /// <summary>Writes the four files, compressed.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteSet(Training, folder, TrainingPrefix);
        WriteSet(Test, folder, TestPrefix);
    }

    private static string ImagesName(string prefix) => $"{prefix}-images-idx3-ubyte";

    private static string LabelsName(string prefix) => $"{prefix}-labels-idx1-ubyte";

    private static ImageSet ReadSet(string folder, string prefix)
    {
        string imagesPath = Find(folder, ImagesName(prefix));
        string labelsPath = Find(folder, LabelsName(prefix));
        IdxFile images = IdxFile.Read(imagesPath, dimensions: 3);
        IdxFile labels = IdxFile.Read(labelsPath, dimensions: 1);

        if (images.Shape is not [int count, ImageSet.Side, ImageSet.Side])
        {
            throw new InvalidDataException(
                $"{imagesPath} holds {images.Shape[0]} images of {images.Shape[1]}×{images.Shape[2]} pixels, " +
                $"but Fashion-MNIST's have {ImageSet.Side}×{ImageSet.Side}.");
        }

        if (count == 0) throw new InvalidDataException($"{imagesPath} holds no image.");
        if (labels.Shape[0] != count)
        {
            throw new InvalidDataException($"{imagesPath} holds {count} images, but {labelsPath} holds {labels.Shape[0]} labels.");
        }

        int foreign = labels.Elements.AsSpan().IndexOfAnyInRange((byte)ImageSet.ClassNames.Length, byte.MaxValue);
        if (foreign >= 0)
        {
            throw new InvalidDataException(
                $"{labelsPath}: label {foreign} is {labels.Elements[foreign]}, but the classes are 0 to {ImageSet.ClassNames.Length - 1}.");
        }

        return new ImageSet(images.Elements, labels.Elements);
    }

    private static string Find(string folder, string name)
    {
        string raw = Path.Combine(folder, name);
        string compressed = raw + ".gz";
        if (File.Exists(compressed)) return compressed;
        if (File.Exists(raw)) return raw;
        throw new FileNotFoundException($"The data folder {folder} has neither {name}.gz nor {name}.");
    }

    private static void WriteSet(ImageSet set, string folder, string prefix)
    {
        IdxFile images = new([set.Count, ImageSet.Side, ImageSet.Side], set.Pixels.ToArray());
        IdxFile labels = new([set.Count], set.Labels.ToArray());
        images.WriteCompressed(Path.Combine(folder, ImagesName(prefix) + ".gz"));
        labels.WriteCompressed(Path.Combine(folder, LabelsName(prefix) + ".gz"));
    }
}
