using System.Text;
using EarlyExitGen.Generator.Incremental;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Tests.Diagnostics;
using EarlyExitGen.Generator.Tests.Robustness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Incrementality;

/// <summary>
/// What the generator remembers is never older than the source: after any edit it gives what a fresh run gives. And it does remember:
/// an edit that means nothing to a network parses nothing again.
/// </summary>
public sealed class SoundnessTests
{
    private const int RandomEdits = 250;

    private const string NetworkFile = """
        namespace Edited;

        [EarlyExitNetwork(Classes = Sizes.Classes, Input = [1, 28, 28])]
        public sealed partial class Net : Base
        {
            [Stage] private readonly Sequential stem = Sequential(Conv2d(1, Sizes.Width, 3, padding: 1), ReLU(), new Block(), MaxPool2d(2));
            [Exit(Criterion.Entropy, 0.3)] private readonly Sequential easy = Sequential(Flatten(), Linear(Sizes.Width * 14 * 14, 10));
            [Stage] private Tensor Body(Tensor x) => Helper.Twice(x);
            [Exit(Criterion.Margin, 0.5)] private readonly Sequential middle = Sequential(Flatten(), Linear(Sizes.Width * 14 * 14, 10));
            [Stage] private readonly Module<Tensor, Tensor> block = new Block();
            [Stage] private readonly Module<Tensor, Tensor> made = Helper.Make(8);
            [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(Sizes.Width * 14 * 14, 10));
        }
        """;

    private const string PartFile = """
        namespace Edited;

        public sealed partial class Net
        {
            private void Forget() { /* middle */ }
            private readonly Linear spare = Linear(1, 1);
        }
        """;

    private const string OthersFile = """
        namespace Edited;

        public abstract class Base : EarlyExitModule
        {
            protected readonly Linear inherited = Linear(2, 2);
            protected virtual int Number => 1;
            protected Module<Tensor, Tensor>? Automatic { get => null; set { } }
        }

        public sealed class Block : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> act = ReLU();
            public Block() : base("Block") => RegisterComponents();
            public override Tensor forward(Tensor x) => act.call(x);
        }

        public static class Helper
        {
            public static Tensor Twice(Tensor x) { return x + x; }
            public static Module<Tensor, Tensor> Make(int width) => Sequential(ReLU(), Identity());
        }
        """;

    private const string UsingsFile = """
        global using Edited.Deep;

        namespace Edited.Deep { public static class Nothing { } }

        namespace Edited
        {
            public static class Sizes { public const int Width = 8; public const int Classes = Ten; private const int Ten = 10; }
        }
        """;

    private const string SecondNetworkFile = """
        namespace Edited;

        [EarlyExitNetwork(Classes = 2, Input = [3])]
        public sealed partial class Second : EarlyExitModule
        {
            [Stage] private readonly Linear stem = Linear(3, 4);
            [Exit] private readonly Linear final = Linear(4, 2);
        }
        """;

    private const string UnrelatedFile = """
        namespace Edited;

        public sealed class Unrelated
        {
            private readonly int seed = 3;
            public int Seed { get; } = 4;
            public int Both => seed + Seed;
            public Unrelated() { seed = 5; }
            public static int Next(int x) { int y = x + 1; return y; }
        }
        """;

    private static readonly string[] Files = [NetworkFile, PartFile, OthersFile, UsingsFile, SecondNetworkFile, UnrelatedFile];

    /// <summary>Edits that may change what a network is: the file, what stands there, what stands there afterwards.</summary>
    public static TheoryData<string, int, string, string> MeaningfulEdits => new()
    {
        { "constant in another file", 3, "Width = 8", "Width = 16" },
        { "constant behind a constant", 3, "Ten = 10", "Ten = 12" },
        { "constant is none any more", 3, "const int Width", "static readonly int Width" },
        { "new type that shadows a factory's result", 3, "class Nothing { }", "class Nothing { }\n    public class Tensor { }" },
        { "new type that shadows a generated name", 3, "class Nothing { }", "class Nothing { }\n    public struct ExitDecision { }" },
        { "new type of a nearer namespace", 3, "public static class Sizes", "public class Entropy { }\n\npublic static class Sizes" },
        { "factory method of a nearer scope", 2, "protected virtual int Number => 1;", "protected static Module<Tensor, Tensor> ReLU() => Tanh();" },
        { "base is another one", 2, "class Base : EarlyExitModule", "class Base : Module" },
        { "base has the attribute", 2, "public abstract class Base", "[EarlyExitNetwork(Classes = 3)]\npublic abstract class Base" },
        { "base registers another name", 2, "Linear inherited", "Linear handedDown" },
        { "base registers one more", 2, "protected virtual int Number => 1;", "protected readonly Linear another = Linear(3, 3);" },
        { "base's part is private", 2, "protected readonly Linear inherited", "private readonly Linear inherited" },
        { "property gets a backing field by its body", 2, "get => null; set { }", "get => field; set { }" },
        { "property becomes automatic", 2, "get => null; set { }", "get; set;" },
        { "members of a base change places", 2, "protected readonly Linear inherited = Linear(2, 2);", "protected readonly Linear first = Linear(2, 2), inherited = Linear(2, 2);" },
        { "other part replaces an initialiser", 1, "{ /* middle */ }", "{ Assign(out middle); }\n    private static void Assign(out Sequential x) => x = null!;" },
        { "other part has another layer", 1, "Linear spare", "Linear replacement" },
        { "other part has the attribute too", 1, "public sealed partial class Net", "[EarlyExitNetwork(Classes = 4)]\npublic sealed partial class Net" },
        { "other part says what the base is", 1, "partial class Net", "partial class Net : EarlyExitModule" },
        { "other part is not partial", 1, "sealed partial", "sealed" },
        { "other part takes a name that is reserved", 1, "void Forget()", "void Freeze()" },
        { "global using goes away", 3, "global using Edited.Deep;", "global using Tensor = System.String;" },
        { "alias of the attribute", 3, "global using Edited.Deep;", "global using Edited.Deep;\nglobal using Netz = EarlyExitGen.EarlyExitNetworkAttribute;" },
        { "threshold", 0, "0.3", "0.4" },
        { "layer", 0, "Linear(Sizes.Width * 14 * 14, 10));\n    [Stage] private Tensor", "Linear(Sizes.Width * 14 * 14, 32), Linear(32, 10));\n    [Stage] private Tensor" },
        { "member is a module that may be null", 0, "private readonly Module<Tensor, Tensor> block", "private readonly Module<Tensor, Tensor>? block" },
        { "annotations are off", 0, "[Stage] private readonly Module<Tensor, Tensor> made", "#nullable disable\n    [Stage] private readonly Module<Tensor, Tensor> made" },
        { "body of a method stage", 0, "Helper.Twice(x)", "Helper.Twice(x).relu()" },
        { "body of a helper that a stage calls", 2, "return x + x;", "return x * x;" },
        { "body of a factory method", 2, "Sequential(ReLU(), Identity())", "Sequential(Tanh(), Identity())" },
        { "module of a block", 2, "act = ReLU()", "act = Tanh()" },
        { "forward of a block", 2, "=> act.call(x)", "=> act.call(act.call(x))" },
        { "signature of a factory", 2, "Make(int width)", "Make(int width, int depth = 2)" },
        { "second network goes", 4, "[EarlyExitNetwork(Classes = 2, Input = [3])]", "" },
        { "second network changes", 4, "Linear(3, 4)", "Linear(3, 4, hasBias: false)" },
    };

    /// <summary>Edits that leave every network what it is.</summary>
    public static TheoryData<string, int, string, string> IdleEdits => new()
    {
        { "comment in the network", 0, "[Stage] private Tensor Body", "/* twice */ [Stage] private Tensor Body" },
        { "comment within an expression that stays a call", 0, "new Block(), MaxPool2d", "new /* a block */ Block(), MaxPool2d" },
        { "white space", 0, "Sequential(Flatten(), Linear", "Sequential(\n        Flatten(),\n        Linear" },
        { "documentation", 2, "public static class Helper", "/// <summary>Helps.</summary>\npublic static class Helper" },
        { "body of an unrelated method", 5, "x + 1", "x + 2" },
        { "statement in an unrelated method", 5, "int y = x + 1;", "int y = x + 1; while (y < 9) { y++; }" },
        { "body of an unrelated property", 5, "seed + Seed", "seed * Seed" },
        { "body of an unrelated constructor", 5, "{ seed = 5; }", "{ }" },
        { "initialiser of an unrelated field", 5, "seed = 3", "seed = 4" },
        { "initialiser of an unrelated property", 5, "= 4", "= 5" },
    };

    [Theory]
    [MemberData(nameof(MeaningfulEdits))]
    public void Edit_gives_what_a_fresh_run_gives(string edit, int file, string before, string after)
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        CSharpCompilation edited = Replace(original, file, before, after);
        GeneratorRun first = GeneratorHarness.Run(new EarlyExitGenerator(), original);

        string[] incremental = Texts(GeneratorHarness.Run(first.Driver, edited));
        string[] back = Texts(GeneratorHarness.Run(GeneratorHarness.Run(first.Driver, edited).Driver, original));

        Assert.True(Fresh(edited).SequenceEqual(incremental), edit);
        Assert.Equal(Texts(first), back);
    }

    [Theory]
    [MemberData(nameof(IdleEdits))]
    public void Idle_edit_parses_nothing_again(string edit, int file, string before, string after)
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        NetworkCache cache = new();
        EquatableArray<NetworkModel> models = cache.Read(original, TestContext.Current.CancellationToken);

        EquatableArray<NetworkModel> again = cache.Read(Replace(original, file, before, after), TestContext.Current.CancellationToken);

        Assert.Equal(2, models.Count);
        Assert.True(models.Zip(again).All(pair => ReferenceEquals(pair.First, pair.Second)), edit);
    }

    [Fact]
    public void Layer_parses_its_own_network_alone()
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        NetworkCache cache = new();
        EquatableArray<NetworkModel> models = cache.Read(original, TestContext.Current.CancellationToken);

        EquatableArray<NetworkModel> again = cache.Read(
            Replace(original, 4, "Linear(3, 4)", "Linear(3, 4, hasBias: false)"), TestContext.Current.CancellationToken);

        Assert.Same(models[0], again[0]);
        Assert.NotEqual(models[1], again[1]);
    }

    [Fact]
    public void Reference_and_option_count()
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        GeneratorRun first = GeneratorHarness.Run(new EarlyExitGenerator(), original);
        CSharpCompilation withoutTorch = original.WithReferences(original.References.Where(reference =>
            Path.GetFileName(reference.Display) != "TorchSharp.dll"));
        CSharpCompilation withoutNullable = original.WithOptions(
            original.Options.WithNullableContextOptions(NullableContextOptions.Disable));

        Assert.Equal(Fresh(withoutTorch), Texts(GeneratorHarness.Run(first.Driver, withoutTorch)));
        Assert.Equal(Fresh(withoutNullable), Texts(GeneratorHarness.Run(first.Driver, withoutNullable)));
        Assert.NotEqual(Texts(first), Fresh(withoutTorch));
    }

    [Fact]
    public void Files_that_come_and_go_count()
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        GeneratorDriver driver = GeneratorHarness.Run(new EarlyExitGenerator(), original).Driver;
        for (int index = original.SyntaxTrees.Length - 1; index > 0; index--)
        {
            CSharpCompilation without = original.RemoveSyntaxTrees(original.SyntaxTrees[index]);

            Assert.Equal(Fresh(without), Texts(GeneratorHarness.Run(driver, without)));
        }
    }

    [Fact]
    public void Random_edits_one_after_another_give_what_fresh_runs_give()
    {
        CSharpCompilation original = AnalyzerHarness.Compile(Files);
        CSharpCompilation current = original;
        GeneratorDriver driver = GeneratorHarness.Run(new EarlyExitGenerator(), current).Driver;
        int generated = 0;
        for (int index = 0; index < RandomEdits; index++)
        {
            Random random = new(index);
            int file = random.Next(Files.Length);

            // Each file goes back to what it was now and then, or soon none would compile.
            string before = random.Next(3) > 0 ? Files[file] : current.SyntaxTrees[file + 1].ToString();
            string after = random.Next(3) == 0 ? Files[file] : new SourceMutation(random).Apply(before)[0];
            current = Replace(current, file, after);
            GeneratorRun run = GeneratorHarness.Run(driver, current);
            driver = run.Driver;
            string[] texts = Texts(run);
            generated += texts.Length > 0 ? 1 : 0;

            Assert.True(Fresh(current).SequenceEqual(texts), $"Edit {index} of file {file}:\n{after}");
        }

        // Were the source broken nearly always, the test would show nothing.
        Assert.InRange(generated, RandomEdits / 3, RandomEdits);
    }

    private static CSharpCompilation Replace(CSharpCompilation compilation, int file, string before, string after)
    {
        Assert.Contains(before, Files[file], StringComparison.Ordinal);
        return Replace(compilation, file, Files[file].Replace(before, after, StringComparison.Ordinal));
    }

    // The prelude is the first tree.
    private static CSharpCompilation Replace(CSharpCompilation compilation, int file, string text)
    {
        SyntaxTree tree = compilation.SyntaxTrees[file + 1];
        return compilation.ReplaceSyntaxTree(
            tree, CSharpSyntaxTree.ParseText(text, (CSharpParseOptions)tree.Options, tree.FilePath, Encoding.UTF8));
    }

    private static string[] Fresh(CSharpCompilation compilation) => Texts(GeneratorHarness.Run(new EarlyExitGenerator(), compilation));

    private static string[] Texts(GeneratorRun run) =>
        [.. run.Result.GeneratedTrees.OrderBy(tree => tree.FilePath, StringComparer.Ordinal).Select(tree => $"{tree.FilePath}\n{tree}")];
}
