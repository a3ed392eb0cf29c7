using EarlyExitGen.Generator.Tests.Diagnostics;
using EarlyExitGen.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Robustness;

/// <summary>
/// Whatever stands in the source: neither the generator nor the analyzer throws or hangs, and what is generated compiles, unless the
/// author's own source has an error too.
/// </summary>
public sealed class MutatedSourceTests
{
    /// <summary>Set to try another number of sources than the suite does.</summary>
    private const string CountVariable = "EARLYEXITGEN_MUTATIONS";

    private const int CountInSuite = 2_000;
    private const int Seed = 20_261_123;

    // What the sources and generated code name; each further reference costs every compilation.
    private static readonly string[] References =
    [
        "System.Private.CoreLib", "System.Runtime", "System.Collections", "System.Collections.Immutable", "System.Linq", "System.Memory",
        "TorchSharp", "EarlyExitGen", "EarlyExitGen.Cpu",
    ];

    private static readonly TimeSpan LongestForOne = TimeSpan.FromSeconds(30);

    private static readonly string[] Sources =
    [
        """
        [EarlyExitNetwork(Classes = 3, Input = [6, 8])]
        [ExtraInput("mask", 6), ExtraInput("ids", 6, Type = ScalarType.Int64)]
        public sealed partial class Masked : EarlyExitModule
        {
            private readonly Embedding table = Embedding(5, 8);
            private readonly Linear head = Linear(8, 3);
            [Stage] private Tensor Body(Tensor x, Tensor ids, Tensor mask) => (x + table.call(ids)) * mask.unsqueeze(-1);
            [Exit(Criterion.Entropy, 0.3)] private Tensor Easy(Tensor x, Tensor mask) => head.call(x.sum([1]) / mask.sum([1], keepdim: true));
            [Stage] private Tensor Deep(Tensor x, Tensor mask) => x.masked_fill(mask.unsqueeze(-1) == 0, -1);
            [Exit] private Tensor Final(Tensor x) => head.call(x.mean([1]));
        }
        """,
        """
        [EarlyExitNetwork(Classes = 10, Input = [1, 28, 28])]
        public sealed partial class Net : EarlyExitModule
        {
            [Stage] private readonly Sequential stem = Sequential(Conv2d(1, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2));
            [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(Flatten(), Linear(16 * 14 * 14, 10));
            [Stage] private Tensor Deep(Tensor x) => functional.relu(x) + x;
            [Exit] private readonly Sequential final = Sequential(("flat", Flatten()), ("fc", Linear(16 * 14 * 14, 10)));
        }
        """,
        """
        namespace Some.Where;

        [EarlyExitNetwork(Classes = 4, Input = [8], InputType = ScalarType.Float32)]
        internal partial class Net : EarlyExitModule
        {
            private const int Width = 16;
            private readonly Parameter scale = Parameter(ones(Width));
            [Stage] public Linear Hidden { get; } = Linear(8, Width, hasBias: false);
            [Exit<Sure>(0.5f)] internal readonly Linear @out = Linear(Width, 4);
            [Stage] private readonly Sequential more = Sequential([LayerNorm(new long[] { Width }), GELU(), Dropout(0.1)]);
            [Exit] private Tensor Final(Tensor x) => x.matmul(scale.reshape(Width, 1)).expand(-1, 4);

            internal readonly struct Sure : EarlyExitGen.Criteria.IExitCriterion
            {
                public static string Name => "sure";
                public static float Score(ReadOnlySpan<float> logits) => logits[0];
                public static bool ShouldExit(float score, float threshold) => score > threshold;
            }
        }
        """,
        """
        public sealed class Block : Module<Tensor, Tensor>
        {
            private readonly Conv2d first;
            private readonly Sequential rest = Sequential(BatchNorm2d(8), ReLU());
            private readonly bool residual;
            public Block(int width, int stride = 1) : base("Block")
            {
                first = Conv2d(width, width, 3, stride: stride, padding: 1, bias: false);
                residual = stride == 1;
                RegisterComponents();
            }
            public override Tensor forward(Tensor x)
            {
                Tensor y = rest.call(first.call(x));
                return residual ? functional.relu(x + y) : y;
            }
        }

        [EarlyExitNetwork(Classes = 3, Input = [1, 12, 12])]
        public sealed partial class Net : Parts
        {
            private readonly Conv2d conv = Conv2d(1, 8, 3, padding: 1);
            private readonly Linear head = Linear(8, 3);
            [Stage] private Tensor Stem(Tensor x)
            {
                Tensor y = conv.call(x);
                y = functional.max_pool2d(functional.relu(y), 2);
                return y;
            }
            [Exit(Criterion.Confidence, 0.8)] private Tensor Easy(Tensor x) => head.call(x.mean([2, 3]));
            [Stage] private readonly Block block = new(8, stride: 1);
            [Exit(Criterion.Margin, 0.6)] private readonly Sequential middle = Head(8);
            [Stage] private Tensor Body(Tensor x) => functional.relu(conv.call(x) + x);
            [Stage] private readonly Sequential made = Sequential(("a", new Block(8)), ("b", Squeeze(8, 8)));
            [Exit] private readonly Sequential final = Head(8);
            private static Module<Tensor, Tensor> Squeeze(int from, int to) => Conv2d(from, to, 1);
        }

        public abstract class Parts : EarlyExitModule
        {
            protected static Sequential Head(int width, int classes = 3)
            {
                return Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(width, classes));
            }
        }
        """,
    ];

    [Fact]
    public async Task Mutated_sources_neither_break_the_compiler_nor_what_it_writes()
    {
        int count = Setting.Of(CountVariable, CountInSuite);
        CSharpCompilation empty = AnalyzerHarness.Compile();
        empty = empty.WithReferences(empty.References.Where(reference =>
            References.Contains(Path.GetFileNameWithoutExtension(reference.Display))));
        Assert.Empty(AnalyzerHarness.ErrorsAfterGeneration(empty.AddSyntaxTrees(Parse(empty, Sources[0], "Sound.cs"))));
        int generated = 0;
        await Parallel.ForAsync(0, count, TestContext.Current.CancellationToken, async (index, _) =>
        {
            string[] sources = new SourceMutation(new Random(Seed + index)).Apply(Sources[index % Sources.Length]);
            if (await CheckAsync(empty, sources)) Interlocked.Increment(ref generated);
        });

        // Were nearly all of them beyond generation, the test would show nothing.
        Assert.InRange(generated, count / 20, count);
    }

    /// <summary>Requires that the sources do no harm. Returns whether anything was generated.</summary>
    private static async Task<bool> CheckAsync(CSharpCompilation empty, string[] sources)
    {
        CSharpCompilation compilation = empty.AddSyntaxTrees(sources.Select((source, index) =>
            Parse(empty, source, $"Mutated{index}.cs")));
        try
        {
            (GeneratorRun run, Diagnostic[] told) = await Task.Run(() =>
            {
                GeneratorRun run = GeneratorHarness.Run(new EarlyExitGenerator(), compilation);
                return (run, AnalyzerHarness.AnalyzeBuilt(run.Output));
            }).WaitAsync(LongestForOne, TestContext.Current.CancellationToken);

            if (run.Result.GeneratedTrees.IsEmpty) return false;
            RequireSoundCode(run, told);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException($"This source breaks the compiler:\n{string.Join("\n// next file\n", sources)}", exception);
        }
    }

    private static SyntaxTree Parse(CSharpCompilation like, string source, string path) => CSharpSyntaxTree.ParseText(
        source,
        (CSharpParseOptions)like.SyntaxTrees[0].Options,
        path,
        System.Text.Encoding.UTF8,
        TestContext.Current.CancellationToken);

    private static void RequireSoundCode(GeneratorRun run, Diagnostic[] told)
    {
        if (told.Any(diagnostic => diagnostic.DefaultSeverity == DiagnosticSeverity.Error)) return;

        HashSet<SyntaxTree> generated = [.. run.Result.GeneratedTrees];
        Diagnostic[] errors =
        [
            .. run.Output.GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error),
        ];
        bool authorsOwn = errors.Any(error => error.Location.SourceTree is not { } tree || !generated.Contains(tree));
        if (!authorsOwn && errors.Length > 0)
        {
            throw new InvalidOperationException($"The generated code alone has an error: {errors[0]}\n{errors[0].Location.SourceTree}");
        }
    }
}
