using System.Globalization;
using System.Text;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// A random network whose stages and heads are code: locals, operators, in-place functions, views, loops, blocks with and without a
/// shortcut. Every value has the shape [N, 4, 6, 6], so that any of them can be combined, and any line can be left out.
/// </summary>
internal sealed partial class RandomProgram
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
}
