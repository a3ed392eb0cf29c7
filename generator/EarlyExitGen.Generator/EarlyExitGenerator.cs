using System.Text;
using EarlyExitGen.Generator.Emit;
using EarlyExitGen.Generator.Incremental;
using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace EarlyExitGen.Generator;

/// <summary>
/// Compiles every class with <c>[EarlyExitNetwork]</c>: Parse → Model → Lower → Emit. What is wrong with a declaration is told by the
/// analyzers, which share the parser; here it only means that nothing is generated.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class EarlyExitGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        NetworkCache cache = new();
        IncrementalValueProvider<EquatableArray<NetworkModel>> found = context.CompilationProvider
            .Select((compilation, cancellation) => cache.Read(compilation, cancellation));

        IncrementalValueProvider<EquatableArray<string>> ambiguousNames = found
            .Select(static (models, _) => NamesThatDifferOnlyInCase(models))
            .WithTrackingName(Steps.AmbiguousNames);

        IncrementalValuesProvider<NetworkModel> networks = found
            .SelectMany(static (models, _) => models)
            .WithTrackingName(Steps.Parse);

        IncrementalValuesProvider<LoweredNetwork> lowered = networks
            .Select(static (model, _) => Lowering.Run(model))
            .WithTrackingName(Steps.Lower);

        context.RegisterSourceOutput(lowered.Combine(ambiguousNames), static (output, pair) => Emit(output, pair.Left, pair.Right));
    }

    private static void Emit(SourceProductionContext output, LoweredNetwork network, EquatableArray<string> ambiguousNames)
    {
        string name = network.Model.Type.HintName;
        string stem = ambiguousNames.Contains(name) ? $"{name}.{Fingerprint.OfText(name)}" : name;
        output.AddSource(stem + GeneratedFile.Module, Text(ModuleEmitter.Emit(network)));
        LoweredNetwork shared = SharedBeginnings.Run(network);
        output.AddSource(stem + GeneratedFile.TorchPipeline, Text(TorchPipelineEmitter.Emit(shared)));
        if (CpuPlanner.Run(shared).Plan is { } plan)
        {
            output.AddSource(stem + GeneratedFile.CpuPipeline, Text(CpuPipelineEmitter.Emit(shared, plan)));
        }
    }

    // Without a byte order mark, which would show at the head of the files on disk.
    private static SourceText Text(string code) => SourceText.From(code, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    // Names of generated files are compared without case: Net and net need names of their own.
    private static EquatableArray<string> NamesThatDifferOnlyInCase(EquatableArray<NetworkModel> models) => new(
    [
        .. models
            .Select(model => model.Type.HintName)
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .SelectMany(group => group)
            .OrderBy(name => name, StringComparer.Ordinal),
    ]);

    /// <summary>The names of the pipeline's steps, for tests of what an edit makes run again.</summary>
    internal static class Steps
    {
        public const string Parse = nameof(Parse);
        public const string AmbiguousNames = nameof(AmbiguousNames);
        public const string Lower = nameof(Lower);
    }
}
