using System.Reflection;

namespace FashionMnist.Commands;

/// <summary>Shows what the build made of <see cref="FashionNet"/>.</summary>
internal static class InspectGeneratedCode
{
    private const string FolderKey = "GeneratedCode";

    /// <summary>Prints the folder of the generated files, their names, and then each file.</summary>
    /// <exception cref="DirectoryNotFoundException">The program was moved away from the sources.</exception>
    /// <exception cref="FileNotFoundException">The build wrote no generated code.</exception>
    public static int Run(TextWriter output)
    {
        string project = ProjectFolder.Find() ?? throw new DirectoryNotFoundException(
            $"The generated code lies with the example's sources, and {AppContext.BaseDirectory} is not inside of them; " +
            "run the example with: dotnet run -c Release --project examples/FashionMnist -- inspect");
        string folder = Path.GetFullPath(Path.Combine(project, GeneratedFolder()));
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, $"*{nameof(FashionNet)}*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];
        if (files.Length == 0) throw new FileNotFoundException($"There is no generated code in {folder}; build the example first.");

        output.WriteLine($"The build generated {files.Length} files in {folder}:");
        foreach (string file in files) output.WriteLine($"  {Path.GetRelativePath(folder, file)}");
        foreach (string file in files)
        {
            output.WriteLine();
            output.WriteLine($"───── {Path.GetFileName(file)} ─────");
            output.WriteLine(File.ReadAllText(file));
        }

        return ExitCode.Success;
    }

    // The project file puts it into the assembly.
    private static string GeneratedFolder() => typeof(InspectGeneratedCode).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == FolderKey).Value!;
}
