using System.Globalization;
using System.Text;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// A random network whose stages and heads are code: locals, operators, in-place functions, views, loops, blocks with and without a
/// shortcut. Every value has the shape [N, 4, 6, 6], so that any of them can be combined, and any line can be left out.
/// </summary>
internal sealed class RandomProgram
{
    private const int Channels = 4;
    private const int Classes = 5;

    private readonly List<Part> parts = [];

    private RandomProgram()
    {
    }

    /// <summary>How many lines it has that can be left out.</summary>
    public int Lines => parts.Sum(part => part.Lines.Count);

    /// <summary>Whether the CPU kernels compute everything in it.</summary>
    public bool HasKernels => parts.TrueForAll(part => part.Lines.All(line => line.HasKernels));

    public static RandomProgram Draw(Random random)
    {
        RandomProgram program = new();

        // Mostly small, so that many can be drawn.
        int exits = random.Next(4) == 0 ? random.Next(1, 9) : random.Next(1, 3);
        for (int exit = 0; exit < exits; exit++)
        {
            // Several exits may read the same stage.
            if (exit == 0 || random.Next(4) > 0) program.parts.Add(Part.Draw(random, isStage: true));
            program.parts.Add(Part.Draw(random, isStage: false));
        }

        if (program.parts[^2].IsStage) return program;
        program.parts.Insert(program.parts.Count - 1, Part.Draw(random, isStage: true));
        return program;
    }

    /// <summary>The same network without one of its lines, whose place its first operand takes.</summary>
    public RandomProgram Without(int line)
    {
        RandomProgram shorter = new();
        foreach (Part part in parts)
        {
            shorter.parts.Add(line >= 0 && line < part.Lines.Count ? part.Without(line) : part);
            line -= part.Lines.Count;
        }

        return shorter;
    }

    public string Write(string name)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"[EarlyExitNetwork(Classes = {Classes}, Input = [{Channels}, 6, 6])]\n");
        text.Append(CultureInfo.InvariantCulture, $"public sealed partial class {name} : EarlyExitModule\n{{\n");
        text.Append("    private readonly ReLU reluInPlace = ReLU(inplace: true);\n");
        for (int part = 0; part < parts.Count; part++)
        {
            text.Append('\n');
            parts[part].Write(text, $"part{part}", isLast: part == parts.Count - 1);
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>The classes that all programs share.</summary>
    public const string Blocks = """
        public sealed class RandomBlock : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv1;
            private readonly BatchNorm2d? norm;
            private readonly Conv2d conv2;
            private readonly Sequential? shortcut;
            private readonly bool scaled;

            public RandomBlock(int channels, int inner, bool normalised, bool shortcut, bool scaled = false)
                : base(nameof(RandomBlock))
            {
                conv1 = Conv2d(channels, inner, 3, padding: 1, bias: !normalised);
                if (normalised) norm = BatchNorm2d(inner);
                conv2 = Conv2d(inner, channels, 1);
                if (shortcut) this.shortcut = Sequential(Conv2d(channels, channels, 1), BatchNorm2d(channels));
                this.scaled = scaled;
                RegisterComponents();
            }

            public override Tensor forward(Tensor input)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor x = conv1.call(input);
                if (norm is not null) x = norm.call(x);
                x = conv2.call(functional.relu(x));
                x = x + (shortcut?.call(input) ?? input);
                return (scaled ? x * 0.5 : functional.tanh(x)).MoveToOuterDisposeScope();
            }
        }
        """;

    /// <summary>A stage or a head.</summary>
    private sealed record Part(bool IsStage, IReadOnlyList<Line> Lines, double Threshold, int Criterion)
    {
        private static readonly string[] Criteria = ["Confidence", "Entropy", "Margin"];

        public static Part Draw(Random random, bool isStage)
        {
            List<Line> lines = [];
            int count = random.Next(isStage ? 1 : 0, isStage ? 9 : 4);
            while (lines.Count < count) lines.Add(Line.Draw(random, values: lines.Count + 1));
            return new Part(isStage, lines, Math.Round((random.NextDouble() * 0.5) + 0.25, 2), random.Next(Criteria.Length));
        }

        public Part Without(int line) => this with { Lines = [.. Lines.Take(line), Lines[line] with { Kind = -1 }, .. Lines.Skip(line + 1)] };

        public void Write(StringBuilder text, string name, bool isLast)
        {
            for (int line = 0; line < Lines.Count; line++)
            {
                if (Lines[line].Field is { } field) text.Append($"    private readonly {field} {name}_{line}{Lines[line].Initializer};\n");
            }

            string rule = IsStage ? "[Stage]" : isLast ? "[Exit]" : string.Create(
                CultureInfo.InvariantCulture, $"[Exit(Criterion.{Criteria[Criterion]}, {Threshold})]");
            if (!IsStage) text.Append($"    private readonly Linear {name}_logits = Linear({Channels}, {Classes});\n");
            text.Append($"    {rule}\n    private Tensor {name}(Tensor v0)\n    {{\n");
            for (int line = 0; line < Lines.Count; line++)
            {
                text.Append($"        {Lines[line].Write($"v{line + 1}", $"{name}_{line}")}\n");
            }

            // Bounded, so that no chain of products leaves the numbers where float32 means something.
            text.Append(IsStage
                ? $"        return functional.tanh(v{Lines.Count});\n"
                : $"        return {name}_logits.call(v{Lines.Count}.mean([2, 3]));\n");
            text.Append("    }\n");
        }
    }

    /// <summary>One line, which makes a value of earlier ones.</summary>
    private sealed record Line(int Kind, int First, int Second, int Choice)
    {
        private const int Kinds = 32;

        public bool HasKernels => Kind is not (28 or 29);

        public string? Field => Kind switch
        {
            0 => "Conv2d",
            1 or 2 => "Sequential",
            3 => "BatchNorm2d",
            4 => "Conv2d",
            5 => "RandomBlock",
            6 => "ModuleList<RandomBlock>",
            7 => "GroupNorm",
            23 or 24 or 25 or 28 or 29 or 30 => Choice % 3 == 2 ? "Tensor" : "Parameter",
            _ => null,
        };

        public string Initializer => Kind switch
        {
            0 => $" = Conv2d({Channels}, {Channels}, {(Choice % 2 == 0 ? "3, padding: 1" : "1")}, bias: {Bool(1)})",
            1 => $" = Sequential(Conv2d({Channels}, 6, 3, padding: 1), BatchNorm2d(6), ReLU(inplace: {Bool(1)}), Conv2d(6, {Channels}, 1))",
            2 => $" = Sequential(Flatten(2), Linear(36, 36), {(Choice % 2 == 0 ? "GELU()" : "Dropout(0.3)")})",
            3 => $" = BatchNorm2d({Channels}, affine: {Bool(1)})",
            4 => $" = Conv2d({2 * Channels}, {Channels}, 1)",
            5 => $" = new({Channels}, {(Choice % 3) + 2}, normalised: {Bool(1)}, shortcut: {Bool(2)}, scaled: {Bool(4)})",
            6 => $" = ModuleList(new RandomBlock({Channels}, 3, {Bool(1)}, {Bool(2)}), new RandomBlock({Channels}, 2, {Bool(2)}, {Bool(4)}))",
            7 => $" = GroupNorm({(Choice % 2) + 1}, {Channels})",
            23 or 24 => $" = {Owned(Shapes[Choice])}",
            28 or 29 => $" = {Owned("4, 6, 6")}",
            30 => $" = {Owned("6, 6")}",
            25 => $" = {Owned(Choice % 2 == 0 ? "2, 4, 6" : "6, 6")}",
            _ => "",
        };

        public static Line Draw(Random random, int values)
        {
            int kind = random.Next(Kinds);
            int first = random.Next(3) == 0 ? random.Next(values) : values - 1;
            int second = random.Next(values);

            // A method may not write over what it receives: the compiler leaves it to TorchSharp then.
            if (kind is 18 or 19 or 20 or 27 && first == 0) kind = 8;
            if (kind is 24 && first == 0) kind = 23;
            if (kind is 29 && first == 0) kind = 28;

            // Few, since the whole program then has no CPU pipeline.
            if (kind is 28 or 29 && random.Next(4) > 0) kind = 12;
            return new Line(kind, first, second, random.Next(8));
        }

        public string Write(string name, string field)
        {
            string a = $"v{First}";
            string b = $"v{Second}";
            string define = $"Tensor {name} =";
            return Kind switch
            {
                0 or 1 or 3 or 5 or 7 => $"{define} {field}.call({a});",
                2 => $"{define} {field}.call({a}).view({a}.shape[0], {Channels}, 6, -1);",
                4 => $"{define} {field}.call(cat([{a}, {b}], 1));",
                6 => Choice % 2 == 0
                    ? $"{define} {a}; foreach (RandomBlock block in {field}) {name} = block.call({name});"
                    : $"{define} {a}; for (int i = 0; i < {field}.Count; i++) {name} = {field}[i].call({name});",
                8 => $"{define} {a} + {b};",
                9 => $"{define} {a} - {b};",
                10 => $"{define} {a} * {b};",
                11 => $"{define} {Activation()};",
                12 => $"{define} 1 - {a} * 0.5 / 2;",
                13 => $"{define} {a} * functional.adaptive_avg_pool2d({b}, 1).sigmoid();",
                14 => $"{define} {a}.flatten(2).transpose(1, 2).softmax(-1).transpose(1, 2).reshape({a}.shape[0], {Channels}, 6, 6);",
                15 => $"{define} Attend{name}({a}.flatten(2), {b}.flatten(2)).view({a}.size(0), {Channels}, 6, 6); "
                    + $"static Tensor Attend{name}(Tensor q, Tensor k) => functional.scaled_dot_product_attention(q, k, k);",
                16 => $"{define} {a} - {a}.mean([2, 3], keepdim: true);",
                17 => $"(Tensor low{name}, Tensor high{name}) = ({a}.narrow(1, 0, 2), {b}.narrow(1, 2, 2)); "
                    + $"{define} cat([high{name}, low{name}], dim: 1);",
                18 => $"{define} {a}.mul_(0.75);",
                19 => First == Second || Second == 0 ? $"{define} {a}.add_(0.25);" : $"{define} {a}.add_({b});",
                20 => $"{define} reluInPlace.call({a});",
                22 => $"{define} {ShapedActivation()};",
                30 => Choice % 2 == 0
                    ? $"{define} functional.linear({a}, {field});"
                    : $"{define} functional.linear({a}.flatten(2).transpose(1, 2), {field}[..{Channels}, ..{Channels}] * 0.5, {field}[0, ..{Channels}])"
                        + $".transpose(1, 2).view({a}.shape[0], {Channels}, 6, 6);",
                31 => $"{define} stack([{a}, {b}, {a} * {b}], {(Choice % 2 == 0 ? "2" : "-1")}).mean([{(Choice % 2 == 0 ? "2" : "4")}]);",
                28 => $"{define} {a}.masked_fill({Mask(field)}, 0.25);",
                29 => $"{define} {a}.masked_fill_({Mask(field)}, -0.5);",
                26 => $"{define} {Function()};",
                27 => $"{define} {a}.{(Choice % 4) switch
                {
                    0 => "clamp_(-1, 0.5)",
                    1 => "abs_().sqrt_()",
                    2 => "clamp_(max: 1).exp_()",
                    _ => "neg_().pow_(2)",
                }};",
                23 => $"{define} {(Second % 4) switch
                {
                    0 => $"{a} + {field}",
                    1 => $"{field} * {a}",
                    2 => $"({field} - 0.5).sigmoid() - {a}",
                    _ => $"cat([{field}.expand({a}.shape[0], 4, 6, 6), {a}], 1)[.., 2..6]",
                }};",
                24 => $"{define} {a}.{(Second % 2 == 0 ? "add_" : "mul_")}({field});",
                25 => Choice % 2 == 0
                    ? $"{define} {a} + {field}[{Second % 2}].unsqueeze({(Second % 3 == 0 ? "-1" : "1")}){(Second % 3 == 0 ? "" : ".softmax(2)")};"
                    : $"{define} {a}.matmul({field}.transpose(0, 1) * 0.2);",
                21 => $"Tensor {name}; {{ using Tensor twice = {a} + {a}; {name} = {Bool(1)} ? twice * 0.5 : functional.sigmoid(twice); }}",
                _ => $"{define} {a};",
            };
        }

        // How a tensor beside [N, 4, 6, 6] may look.
        private static readonly string[] Shapes = ["4, 1, 1", "4, 6, 6", "6", "6, 1", "1, 4, 6, 6", "1, 4, 1, 1", "4, 1, 6", "1"];

        private string Owned(string shape) => Choice % 3 == 2 ? $"randn({shape})" : $"Parameter(randn([{shape}]))";

        private string Activation() => Choice switch
        {
            0 => $"functional.relu(v{First})",
            1 => $"v{First}.sigmoid()",
            2 => $"functional.gelu(v{First})",
            3 => $"v{First}.tanh()",
            4 => $"functional.silu(v{First})",
            5 => $"functional.leaky_relu(v{First}, 0.2)",
            6 => $"functional.hardswish(v{First})",
            _ => $"functional.max_pool2d(v{First}, 3, stride: 1, padding: 1)",
        };

        private string ShapedActivation() => Choice switch
        {
            0 => $"functional.elu(v{First}, 0.6)",
            1 => $"v{First}.selu()",
            2 => $"v{First}.celu(0.4)",
            3 => $"functional.softplus(v{First})",
            4 => $"functional.mish(v{First})",
            5 => $"functional.softsign(v{First})",
            6 => $"functional.logsigmoid(v{First})",
            _ => $"functional.tanhshrink(v{First})",
        };

        // Of numbers that are often met, what a ReLU and a clamp give, and of the network's own: those are the same however it is computed,
        // while a rounding of others would turn a mask round.
        private string Mask(string field)
        {
            string own = $"{field}.expand(v{First}.shape[0], 4, 6, 6)";
            return Choice switch
            {
                0 => $"{own}.relu() == 0",
                1 => $"~({own}.clamp(-0.1, 0.1) == 0.1f)",
                2 => $"(functional.relu({own}) != 0) & ({own}.clamp(max: 1) != 1)",
                3 => $"({own}.relu() == 0) | ({own}.clamp_min(1) != 1)",
                4 => $"({own}.mean([1], keepdim: true).relu() == 0).logical_xor({own}.relu() == 0)",
                5 => $"({own}.flatten(2).mean([2]).relu() == 0).logical_not().unsqueeze(-1).unsqueeze(-1)",
                6 => $"logical_and({own}.relu() == 0, ~({own}.clamp(max: 1) == 1))",
                _ => $"({own}.relu().ne(0) ^ {own}.abs().relu().eq(0))",
            };
        }

        // None leaves the numbers where float32 means something.
        private string Function() => Choice switch
        {
            0 => $"v{First}.clamp(-0.5, {(Second % 2 == 0 ? "0.75" : "1.5f")})",
            1 => $"torch.clamp_min(v{First}, 0.1) - v{Second}.clamp_max(0.2).abs()",
            2 => $"exp(-v{First}.abs())",
            3 => $"(v{First}.square() + 0.1).sqrt()",
            4 => $"v{First} * (v{Second}.pow(2).mean([1], keepdim: true) + 0.01).rsqrt()",
            5 => $"v{First}.clamp(max: 1).exp()",
            6 => $"v{First}.flatten(2).transpose(1, 2).clamp(min: -1, max: 1).exp().transpose(1, 2).reshape(v{First}.shape[0], 4, 6, 6)",
            _ => $"torch.abs(v{First}) + v{Second}.clip(0, 6).neg()",
        };

        private string Bool(int bit) => (Choice & bit) != 0 ? "true" : "false";
    }
}
