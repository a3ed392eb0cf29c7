using FashionMnist;

namespace EarlyExitGen.Examples.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Replaces_the_earlier_file()
    {
        string path = folder.File("weights");
        File.WriteAllText(path, "earlier and longer");

        AtomicFile.Write(path, file => file.Write("later"u8));

        Assert.Equal("later", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Failed_write_leaves_the_earlier_file_and_nothing_else()
    {
        string path = folder.File("weights");
        File.WriteAllText(path, "earlier");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, file =>
        {
            file.Write("half of the la"u8);
            throw new IOException("The disk is full.");
        }));

        Assert.Equal("earlier", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }
}
