using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace EarlyExitGen.Generator.Tests;

/// <summary>Runs a generator over sources, and compiles and loads what comes out.</summary>
internal static class GeneratorHarness
{
    private static readonly CSharpParseOptions ParseOptions =
        new(LanguageVersion.CSharp14, DocumentationMode.Diagnose);

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)

            // A project has the generator as an analyzer, not as a reference.
            .Where(path => Path.GetFileNameWithoutExtension(path) != typeof(EarlyExitGenerator).Assembly.GetName().Name)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    /// <summary>What a project with implicit usings and the README's imports sees.</summary>
    public const string Prelude = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using EarlyExitGen;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        """;

    /// <summary>A library of these sources, one file each, against the framework, TorchSharp and EarlyExitGen.</summary>
    public static CSharpCompilation Compile(params ReadOnlySpan<string> sources)
    {
        List<SyntaxTree> trees = [];
        for (int index = 0; index < sources.Length; index++)
        {
            trees.Add(CSharpSyntaxTree.ParseText(SourceText.From(sources[index], Encoding.UTF8), ParseOptions, $"Source{index}.cs"));
        }

        // TorchSharp is built for an older runtime; the SDK lets that pass too.
        CSharpCompilationOptions options = new(
            Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error,
            warningLevel: 9999,
            specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress)]);
        return CSharpCompilation.Create("Generated", trees, References.Value, options);
    }

    /// <summary>Runs a generator over the sources.</summary>
    public static GeneratorRun Run(IIncrementalGenerator generator, params ReadOnlySpan<string> sources) =>
        Run(generator, Compile(sources));

    /// <summary>Runs a generator over a compilation, with its steps tracked.</summary>
    public static GeneratorRun Run(IIncrementalGenerator generator, CSharpCompilation compilation)
    {
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [generator.AsSourceGenerator()],
            parseOptions: ParseOptions,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return Run(driver, compilation);
    }

    /// <summary>Runs a driver, which may have run before, over a compilation.</summary>
    public static GeneratorRun Run(GeneratorDriver driver, CSharpCompilation compilation)
    {
        GeneratorDriver after = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out _);
        GeneratorDriverRunResult result = after.GetRunResult();
        foreach (GeneratorRunResult run in result.Results)
        {
            if (run.Exception is not null) throw new InvalidOperationException("The generator threw.", run.Exception);
        }

        return new GeneratorRun(after, (CSharpCompilation)output, result);
    }

    /// <summary>Loads the assembly that the sources and the generated code make together.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is an error or a warning at the highest level. Only the sources may lack documentation.
    /// </exception>
    public static LoadedAssembly CompileAndLoad(GeneratorRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        HashSet<SyntaxTree> generated = [.. run.Result.GeneratedTrees];
        Diagnostic[] problems =
        [
            .. run.Output.GetDiagnostics().Where(diagnostic =>
                diagnostic.Severity >= DiagnosticSeverity.Warning &&
                (diagnostic.Id != "CS1591" || (diagnostic.Location.SourceTree is SyntaxTree tree && generated.Contains(tree)))),
        ];
        if (problems.Length > 0) throw new InvalidOperationException(string.Join("\n", problems.Select(problem => problem.ToString())));

        // Everything that is left is missing documentation in the sources, which must not stop the emit.
        Compilation emitted = run.Output.WithOptions(
            run.Output.Options.WithSpecificDiagnosticOptions(
                run.Output.Options.SpecificDiagnosticOptions.SetItem("CS1591", ReportDiagnostic.Suppress)));
        using MemoryStream image = new();
        if (!emitted.Emit(image).Success) throw new InvalidOperationException("The compilation has no errors, but can't be emitted.");

        image.Position = 0;
        return new LoadedAssembly(image);
    }
}

/// <summary>One run of a generator.</summary>
/// <param name="Driver">The driver, to run again or to verify.</param>
/// <param name="Output">The sources and the generated code.</param>
/// <param name="Result">The generated sources, the diagnostics and the tracked steps.</param>
internal sealed record GeneratorRun(GeneratorDriver Driver, CSharpCompilation Output, GeneratorDriverRunResult Result);

/// <summary>An assembly in a context of its own, which is unloaded on disposal.</summary>
internal sealed class LoadedAssembly : IDisposable
{
    private readonly AssemblyLoadContext context = new("Generated", isCollectible: true);

    public LoadedAssembly(Stream image) => Assembly = context.LoadFromStream(image);

    public Assembly Assembly { get; }

    public void Dispose() => context.Unload();
}
