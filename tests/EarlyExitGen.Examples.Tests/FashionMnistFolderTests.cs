using FashionMnist.Images;

namespace EarlyExitGen.Examples.Tests;

public sealed class FashionMnistFolderTests : IDisposable
{
    private const string TrainingImages = "train-images-idx3-ubyte.gz";
    private const string TrainingLabels = "train-labels-idx1-ubyte.gz";
    private const string TestLabels = "t10k-labels-idx1-ubyte.gz";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Included_images_are_balanced()
    {
        FashionMnistFolder included = FashionMnistFolder.Read(FashionMnistFolder.IncludedPath);

        Assert.Equal(12_000, included.Training.Count);
        Assert.Equal(2_000, included.Test.Count);
        for (byte label = 0; label < 10; label++)
        {
            Assert.Equal(1_200, included.Training.Labels.Count(label));
            Assert.Equal(200, included.Test.Labels.Count(label));
        }
    }

    [Fact]
    public void Reads_what_it_writes()
    {
        FashionMnistFolder written = new(Images(3, 1, 4, 1, 5), Images(9, 2));
        written.Write(folder.Path);

        FashionMnistFolder read = FashionMnistFolder.Read(folder.Path);

        Assert.Equal<byte>([3, 1, 4, 1, 5], read.Training.Labels);
        Assert.Equal<byte>(written.Training.Pixels, read.Training.Pixels);
        Assert.Equal<byte>([9, 2], read.Test.Labels);
        Assert.Equal<byte>(written.Test.Pixels, read.Test.Pixels);
    }

    [Fact]
    public void Missing_folder_is_named()
    {
        string missing = folder.File("missing");

        string message = Assert.Throws<DirectoryNotFoundException>(() => FashionMnistFolder.Read(missing)).Message;

        Assert.Contains(missing, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        WriteSmallFolder();
        File.Delete(folder.File(TestLabels));

        string message = Assert.Throws<FileNotFoundException>(() => FashionMnistFolder.Read(folder.Path)).Message;

        Assert.Contains(TestLabels, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_as_many_labels_are_an_error()
    {
        WriteSmallFolder();
        new IdxFile([1], [0]).WriteCompressed(folder.File(TrainingLabels));

        Assert.Contains("holds 2 images", ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_another_size_are_an_error()
    {
        WriteSmallFolder();
        new IdxFile([2, 3, 5], new byte[30]).WriteCompressed(folder.File(TrainingImages));

        Assert.Contains("2 images of 3×5 pixels", ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_label_is_an_error()
    {
        WriteSmallFolder();
        new IdxFile([2], [0, 10]).WriteCompressed(folder.File(TrainingLabels));

        Assert.Contains("label 1 is 10", ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_image_is_an_error()
    {
        new FashionMnistFolder(Images(), Images(1)).Write(folder.Path);

        Assert.Contains("holds no image", ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Subset_is_the_first_images_of_each_class_in_their_order()
    {
        ImageSet full = Images(0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0);

        ImageSet subset = BalancedSubset.FirstOfEachClass(full, perClass: 1);

        Assert.Equal<byte>([0, 9, 1, 2, 3, 4, 5, 6, 7, 8], subset.Labels);
        Assert.Equal<byte>(full.Pixels[..ImageSet.PixelsPerImage], subset.Pixels[..ImageSet.PixelsPerImage]);
        Assert.Equal<byte>(
            full.Pixels.Slice(2 * ImageSet.PixelsPerImage, 9 * ImageSet.PixelsPerImage), subset.Pixels[ImageSet.PixelsPerImage..]);
    }

    [Fact]
    public void Subset_of_a_scarce_class_is_an_error()
    {
        string message = Assert.Throws<InvalidDataException>(() => BalancedSubset.FirstOfEachClass(Images(0, 1, 2), perClass: 1)).Message;

        Assert.Contains("'dress' has only 0", message, StringComparison.Ordinal);
    }

    private static ImageSet Images(params byte[] labels)
    {
        byte[] pixels = new byte[labels.Length * ImageSet.PixelsPerImage];
        new Random(1).NextBytes(pixels);
        return new ImageSet(pixels, labels);
    }

    private void WriteSmallFolder() => new FashionMnistFolder(Images(0, 1), Images(2)).Write(folder.Path);

    private string ReadError() => Assert.Throws<InvalidDataException>(() => FashionMnistFolder.Read(folder.Path)).Message;
}
