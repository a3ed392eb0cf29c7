using System.Diagnostics;
using System.Globalization;
using EarlyExitGen.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Benchmarks;

/// <summary>
/// What the generator costs a build, and what it costs while typing. Compilations are made afresh for each cold run, so that no
/// binding is shared; the cost of a run without the generator's own work, that of asking every file for attributes, is in the figures.
/// </summary>
internal static class GeneratorBenchmark
{
    private static readonly int[] Sizes = [1, 100, 1_000];

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is not ("EarlyExitGen.Benchmarks.dll" or "EarlyExitGen.Generator.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static void Run()
    {
        MeasureCold(1);
        MeasureEdit(1, commentOnly: true);

        Console.WriteLine("networks     cold µs   µs/network        bytes   comment µs   share of cold    layer µs");
        List<(int Size, double Cold)> cold = [];
        foreach (int size in Sizes)
        {
            int repetitions = size == 1 ? 15 : size == 100 ? 7 : 3;
            Sample[] samples = [.. Enumerable.Range(0, repetitions).Select(_ => MeasureCold(size))];
            double time = Median(samples.Select(sample => sample.Microseconds));
            double bytes = Median(samples.Select(sample => (double)sample.Bytes));
            double comment = Median(Enumerable.Range(0, repetitions).Select(_ => MeasureEdit(size, commentOnly: true).Microseconds));
            double layer = Median(Enumerable.Range(0, repetitions).Select(_ => MeasureEdit(size, commentOnly: false).Microseconds));
            cold.Add((size, time));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size,8:N0} {time,11:N0} {time / size,12:N0} {bytes,12:N0} {comment,12:N0} {comment / time,15:P2} {layer,11:N0}"));
        }

        (int Size, double Cold) first = cold[0];
        (int Size, double Cold) last = cold[^1];
        double exponent = Math.Log(last.Cold / first.Cold) / Math.Log((double)last.Size / first.Size);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cold time grows as networks^{exponent:F3}; "
            + $"{last.Size:N0} networks cost {last.Cold / (last.Size * first.Cold):F3} x {last.Size:N0} x one"));
    }

    private static Sample MeasureCold(int networks)
    {
        CSharpCompilation compilation = Compile(networks);
        return Measure(() => NewDriver().RunGenerators(compilation));
    }

    /// <summary>A second run of the driver after an edit of one file.</summary>
    private static Sample MeasureEdit(int networks, bool commentOnly)
    {
        CSharpCompilation compilation = Compile(networks);
        GeneratorDriver driver = NewDriver().RunGenerators(compilation);
        string edited = commentOnly
            ? Source(0) + "// A comment."
            : Source(0).Replace("Linear(32 * 7 * 7, 10)", "Linear(32 * 7 * 7, 64), ReLU(), Linear(64, 10)", StringComparison.Ordinal);
        CSharpCompilation after = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], Parse(edited, 0));
        return Measure(() => driver.RunGenerators(after));
    }

    private static Sample Measure(Func<GeneratorDriver> run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        GeneratorDriver driver = run();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        long bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        if (driver.GetRunResult().GeneratedTrees.IsEmpty) throw new InvalidOperationException("The generator wrote nothing.");
        return new Sample(elapsed.TotalMicroseconds, bytes);
    }

    private static CSharpGeneratorDriver NewDriver() =>
        CSharpGeneratorDriver.Create([new EarlyExitGenerator().AsSourceGenerator()], parseOptions: ParseOptions);

    private static CSharpCompilation Compile(int networks) => CSharpCompilation.Create(
        "Benchmarked",
        Enumerable.Range(0, networks).Select(index => Parse(Source(index), index)),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static SyntaxTree Parse(string source, int index) =>
        CSharpSyntaxTree.ParseText(source, ParseOptions, string.Create(CultureInfo.InvariantCulture, $"Net{index}.cs"));

    private static string Source(int index) => $$"""
        using EarlyExitGen;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Benchmarked;

        [EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
        public sealed partial class Net{{index.ToString(CultureInfo.InvariantCulture)}} : EarlyExitModule
        {
            [Stage]
            private readonly Sequential stem = Sequential(Conv2d(1, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2));

            [Exit(Criterion.Entropy, 0.3)]
            private readonly Sequential easy = Sequential(Flatten(), Linear(16 * 14 * 14, 10));

            [Stage]
            private readonly Sequential body = Sequential(Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), MaxPool2d(2));

            [Exit]
            private readonly Sequential final = Sequential(Flatten(), Linear(32 * 7 * 7, 10));
        }

        """;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Sample(double Microseconds, long Bytes);
}
