namespace FashionMnist.Commands;

/// <summary>The folder that holds this example's project file.</summary>
internal static class ProjectFolder
{
    /// <summary>Looks in the program's folder and in those around it; null when the program was moved away from the sources.</summary>
    public static string? Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FashionMnist.csproj"))) folder = folder.Parent;
        return folder?.FullName;
    }
}
