namespace EarlyExitGen.Lab.Tests.Weights;

/// <summary>A new folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("earlyexitgen").FullName;

    public string File(string name) => Path.Combine(folder, name);

    public string[] Files() => [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
