using System.Reflection;

namespace VerifyXunit;

public sealed class SnapshotFolderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("EarlyExitGen");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Snapshot_that_matches_passes_and_removes_what_an_earlier_run_received()
    {
        Write("Tests.Method#Net.g.verified.cs", "class Net;\n");
        Write("Tests.Method#Net.g.received.cs", "class Old;\n");

        await Compare(new SnapshotText("#Net.g", "cs", "class Net;\n"));

        Assert.Equal(["Tests.Method#Net.g.verified.cs"], Files());
    }

    [Theory]
    [InlineData("a\r\nb\r\n")]
    [InlineData("\uFEFFa\nb")]
    [InlineData("a\nb\n")]
    public async Task Line_endings_byte_order_mark_and_last_newline_do_not_count(string verified)
    {
        Write("Tests.Method.verified.txt", verified);

        await Compare(new SnapshotText("", "txt", "a\nb"));
    }

    [Theory]
    [InlineData("a\nB\n")]
    [InlineData("a\nb \n")]
    [InlineData("a\n")]
    [InlineData("a\nb\n\n")]
    [InlineData("")]
    public async Task Any_other_difference_fails_and_is_written_beside_the_snapshot(string verified)
    {
        Write("Tests.Method.verified.txt", verified);

        SnapshotException exception = await Assert.ThrowsAsync<SnapshotException>(() => Compare(new SnapshotText("", "txt", "a\nb")));

        Assert.Contains("NotEqual: Tests.Method.received.txt", exception.Message, StringComparison.Ordinal);
        Assert.Equal("a\nb\n", File.ReadAllText(Path.Combine(folder.FullName, "Tests.Method.received.txt")));
        Assert.Equal(verified, File.ReadAllText(Path.Combine(folder.FullName, "Tests.Method.verified.txt")));
    }

    [Fact]
    public async Task Difference_is_shown_by_its_first_line()
    {
        Write("Tests.Method.verified.txt", "same\nold\n");

        SnapshotException exception =
            await Assert.ThrowsAsync<SnapshotException>(() => Compare(new SnapshotText("", "txt", "same\nnew")));

        Assert.Contains("line 2\n  Verified: old\n  Received: new", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_snapshot_fails_and_renaming_what_was_received_accepts_it()
    {
        SnapshotText text = new("#Net.g", "cs", "class Net;");

        SnapshotException exception = await Assert.ThrowsAsync<SnapshotException>(() => Compare(text));

        Assert.Contains("New: Tests.Method#Net.g.received.cs", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["Tests.Method#Net.g.received.cs"], Files());
        File.Move(
            Path.Combine(folder.FullName, "Tests.Method#Net.g.received.cs"), Path.Combine(folder.FullName, "Tests.Method#Net.g.verified.cs"));
        await Compare(text);
    }

    [Fact]
    public async Task Snapshot_of_a_source_that_is_no_longer_generated_fails()
    {
        Write("Tests.Method#Net.g.verified.cs", "class Net;");
        Write("Tests.Method#Gone.g.verified.cs", "class Gone;");
        Write("Tests.MethodWithLongerName#Other.g.verified.cs", "class Other;");

        SnapshotException exception =
            await Assert.ThrowsAsync<SnapshotException>(() => Compare(new SnapshotText("#Net.g", "cs", "class Net;")));

        Assert.Contains("Delete: Tests.Method#Gone.g.verified.cs", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Other", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_texts_of_a_test_are_reported_at_once()
    {
        SnapshotException exception = await Assert.ThrowsAsync<SnapshotException>(
            () => Compare(new SnapshotText("#A.g", "cs", "a"), new SnapshotText("#B.g", "cs", "b")));

        Assert.Contains("New: Tests.Method#A.g.received.cs", exception.Message, StringComparison.Ordinal);
        Assert.Contains("New: Tests.Method#B.g.received.cs", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshots_of_tests_that_are_gone_are_orphans()
    {
        string own = nameof(SnapshotFolderTests);
        Write($"{own}.{nameof(All_texts_of_a_test_are_reported_at_once)}#Net.g.verified.cs", "");
        Write($"{own}.{nameof(Line_endings_byte_order_mark_and_last_newline_do_not_count)}_verified=x.verified.txt", "");
        Write($"{own}.Removed#Net.g.verified.cs", "");

        IReadOnlyList<string> orphans = SnapshotFolder.Orphans(folder.FullName, Assembly.GetExecutingAssembly());

        Assert.Equal([$"{own}.Removed#Net.g.verified.cs"], orphans.Select(Path.GetFileName));
    }

    [Fact]
    public void This_project_has_no_orphans()
    {
        Assembly assembly = Assembly.GetExecutingAssembly();
        string project = assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "Verify.ProjectDirectory").Value!;

        Assert.Empty(SnapshotFolder.Orphans(project, assembly));
    }

    [Fact]
    public Task Verify_finds_the_snapshot_beside_the_test() => Verifier.Verify("found");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Verify_names_the_parameters(int number) => Verifier.Verify($"number {number}");

    private Task Compare(params SnapshotText[] texts) =>
        new SnapshotFolder(folder.FullName, openDiffTool: false).CompareAsync("Tests.Method", texts);

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder.FullName, name), content);

    private IEnumerable<string> Files() => folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal);
}
