using System.Diagnostics;
using System.Globalization;
using EarlyExitGen.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Benchmarks;

/// <summary>
/// What the generator costs a build, and what it costs while typing: after a comment in a network's own file, after an edit of a method
/// body in another file, and after a layer was added to one network. Compilations are made afresh for each run, so that no binding is
/// shared.
/// </summary>
internal static class GeneratorBenchmark
{
    private const int WarmUpRounds = 60;
    private const int ColdRounds = 7;

    private const string OtherSource = """
        namespace Benchmarked;

        public static class Other
        {
            public static int Sum(int[] values)
            {
                int sum = 0;
                foreach (int value in values) sum += value;
                return sum;
            }
        }
        """;

    private static readonly int[] Sizes = [1, 10, 100, 1_000];

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
        // The just-in-time compiler is no part of the figures.
        for (int round = 0; round < WarmUpRounds; round++)
        {
            foreach (Edit edit in Enum.GetValues<Edit>()) MeasureEdit(10, edit);
        }

        Console.WriteLine("networks     cold µs        bytes   comment µs  % of cold  other file µs  % of cold    layer µs");
        Dictionary<int, List<double>> cold = Sizes.ToDictionary(size => size, _ => new List<double>());
        Dictionary<int, List<double>> bytes = Sizes.ToDictionary(size => size, _ => new List<double>());

        // The sizes take turns, so that a slow spell of the machine meets all of them.
        for (int round = 0; round < ColdRounds; round++)
        {
            foreach (int size in Sizes)
            {
                for (int repetition = 0; repetition < (size < 100 ? 5 : 1); repetition++)
                {
                    Sample sample = MeasureCold(size);
                    cold[size].Add(sample.Microseconds);
                    bytes[size].Add(sample.Bytes);
                }
            }
        }

        foreach (int size in Sizes)
        {
            int repetitions = size < 1_000 ? 25 : 9;
            double time = Median(cold[size]);
            double comment = MedianEdit(size, Edit.Comment, repetitions);
            double otherFile = MedianEdit(size, Edit.OtherFile, repetitions);
            double layer = MedianEdit(size, Edit.Layer, repetitions);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size,8:N0} {time,11:N0} {Median(bytes[size]),12:N0} {comment,12:N0} {comment / time,10:P2} "
                + $"{otherFile,14:N0} {otherFile / time,10:P2} {layer,11:N0}"));
        }

        WriteScaling(cold.ToDictionary(pair => pair.Key, pair => Median(pair.Value)));
    }

    // Reading TorchSharp's metadata costs every compilation the same, however many networks it has. The comparison with the first
    // network alone would flatter; what one more network costs does not.
    private static void WriteScaling(Dictionary<int, double> cold)
    {
        double few = (cold[100] - cold[10]) / 90;
        double many = (cold[1_000] - cold[100]) / 900;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"with the fixed cost: 1,000 networks cost {cold[1_000] / (1_000 * cold[1]):F3} x 1,000 x one\n"
            + $"without it: one more network costs {few:N0} µs between 10 and 100 networks, {many:N0} µs between 100 and 1,000: "
            + $"{many / few:F3} x\n"
            + $"fixed cost {cold[1] - few:N0} µs; exponent between 100 and 1,000 networks, without it: "
            + $"{Math.Log10((cold[1_000] - cold[1] + few) / (cold[100] - cold[1] + few)):F3}"));
    }

    private static double MedianEdit(int networks, Edit edit, int repetitions) =>
        Median(Enumerable.Range(0, repetitions).Select(_ => MeasureEdit(networks, edit).Microseconds));

    private static Sample MeasureCold(int networks)
    {
        CSharpCompilation compilation = Compile(networks);
        return Measure(() => NewDriver().RunGenerators(compilation));
    }

    /// <summary>A second run of the driver after an edit of one file.</summary>
    private static Sample MeasureEdit(int networks, Edit edit)
    {
        CSharpCompilation compilation = Compile(networks);
        GeneratorDriver driver = NewDriver().RunGenerators(compilation);
        string path = edit == Edit.OtherFile ? "Other.cs" : "Net0.cs";
        string edited = edit switch
        {
            Edit.Comment => Source(0) + "// A comment.",
            Edit.OtherFile => OtherSource.Replace("return sum;", "return -sum;", StringComparison.Ordinal),
            _ => Source(0).Replace("Linear(32 * 7 * 7, 10)", "Linear(32 * 7 * 7, 64), ReLU(), Linear(64, 10)", StringComparison.Ordinal),
        };
        SyntaxTree before = compilation.SyntaxTrees.Single(tree => tree.FilePath == path);
        CSharpCompilation after = compilation.ReplaceSyntaxTree(before, Parse(edited, path));
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
        Enumerable.Range(0, networks)
            .Select(index => Parse(Source(index), string.Create(CultureInfo.InvariantCulture, $"Net{index}.cs")))
            .Append(Parse(OtherSource, "Other.cs")),
        References,
        new CSharpCompilationOptions(
            Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, ParseOptions, path);

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

    private enum Edit
    {
        Comment,
        OtherFile,
        Layer,
    }

    private readonly record struct Sample(double Microseconds, long Bytes);
}
