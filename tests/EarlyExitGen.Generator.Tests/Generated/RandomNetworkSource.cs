using System.Text;

namespace EarlyExitGen.Generator.Tests;

/// <summary>Writes the source of a random network whose layers and shapes are all known to the compiler.</summary>
internal sealed class RandomNetworkSource(Random random)
{
    private static readonly string[] Activations =
    [
        "ReLU()", "ReLU(inplace: true)", "ReLU6()", "LeakyReLU(0.2)", "GELU()", "SiLU()", "Hardswish()", "Hardsigmoid()",
        "Sigmoid()", "Tanh()", "ELU(0.7)", "SELU(inplace: true)", "CELU(0.4)", "Softplus()", "LogSigmoid()", "Mish()", "Softsign()",
        "Tanhshrink()", "Hardtanh(inplace: true)", "Hardshrink(0.1)", "Softshrink(0.1)",
    ];

    private static readonly string[] Rules = ["Criterion.Entropy, 0.5", "Criterion.Margin, 0.4", "Criterion.Confidence, 0.6"];

    private int channels;
    private int height;
    private int width;

    public string Write(string name)
    {
        (channels, height, width) = (Any(1, 2, 3, 5, 16, 20), random.Next(5, 17), random.Next(5, 17));
        int classes = random.Next(2, 20);
        StringBuilder text = new();
        text.Append($"[EarlyExitNetwork(Classes = {classes}, Input = [{channels}, {height}, {width}])]\n");
        text.Append($"public sealed partial class {name} : EarlyExitModule\n{{\n");
        int stages = random.Next(1, 4);
        for (int stage = 0; stage < stages; stage++)
        {
            text.Append($"    [Stage] private readonly Sequential stage{stage} = Sequential({string.Join(", ", Stage())});\n");
            string rule = stage == stages - 1 ? "" : $"({Rules[random.Next(Rules.Length)]})";
            text.Append($"    [Exit{rule}] private readonly Sequential exit{stage} = Sequential({string.Join(", ", Head(classes))});\n");
        }

        return text.Append("}\n").ToString();
    }

    private IEnumerable<string> Stage()
    {
        for (int blocks = random.Next(1, 4); blocks > 0; blocks--)
        {
            if (random.Next(12) == 0) yield return $"BatchNorm2d({channels})";
            yield return Convolution();
            if (random.Next(2) == 0) yield return $"BatchNorm2d({channels}, affine: {(random.Next(4) > 0 ? "true" : "false")})";
            if (random.Next(8) == 0) yield return GroupNorm();
            if (random.Next(5) > 0) yield return Activations[random.Next(Activations.Length)];
            if (random.Next(6) == 0) yield return "Dropout(0.2)";
            if (random.Next(2) == 0 && Pooling() is { } pooling) yield return pooling;
        }
    }

    private string Convolution()
    {
        int kernel = Any(1, 3, 3, 3, 5, 7);
        int padding = random.Next(0, (kernel / 2) + 1);
        int stride = Any(1, 1, 1, 2);
        int dilation = kernel == 3 ? Any(1, 1, 2) : 1;
        int extent = (dilation * (kernel - 1)) + 1;
        if (Math.Min(height, width) + (2 * padding) < extent) (kernel, padding, stride, dilation, extent) = (1, 0, 1, 1, 1);

        bool depthwise = random.Next(4) == 0;
        int outputs = depthwise ? channels : Any(3, 8, 16, 17, 24, 32, 48);
        string groups = depthwise ? $", groups: {channels}" : "";

        // A literal 0 could be the enum Padding too.
        string pads = padding > 0 ? $", padding: {padding}" : "";
        string text = $"Conv2d({channels}, {outputs}, {kernel}, stride: {stride}{pads}, dilation: {dilation}{groups}, "
            + $"bias: {(random.Next(3) > 0 ? "true" : "false")})";
        channels = outputs;
        height = ((height + (2 * padding) - extent) / stride) + 1;
        width = ((width + (2 * padding) - extent) / stride) + 1;
        return text;
    }

    private string GroupNorm()
    {
        int groups = Enumerable.Range(1, channels).Where(count => channels % count == 0).OrderBy(_ => random.Next()).First();
        return $"GroupNorm({groups}, {channels})";
    }

    private string? Pooling()
    {
        if (height < 4 || width < 4) return null;
        bool ceil = random.Next(3) == 0;
        (string text, int kernel, int padding, int stride) = random.Next(4) switch
        {
            0 => ("MaxPool2d(3, stride: 2, padding: 1", 3, 1, 2),
            1 => ("AvgPool2d(2", 2, 0, 2),
            2 => ("AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false", 3, 1, 2),
            _ => ("MaxPool2d(2", 2, 0, 2),
        };
        height = Pooled(height, kernel, padding, stride, ceil);
        width = Pooled(width, kernel, padding, stride, ceil);
        return $"{text}, ceil_mode: {(ceil ? "true" : "false")})";
    }

    private static int Pooled(int size, int kernel, int padding, int stride, bool ceil)
    {
        int pooled = ((size + (2 * padding) - kernel + (ceil ? stride - 1 : 0)) / stride) + 1;
        return ceil && (pooled - 1) * stride >= size + padding ? pooled - 1 : pooled;
    }

    private string[] Head(int classes)
    {
        int pixels = channels * height * width;
        return random.Next(4) switch
        {
            0 => ["AdaptiveAvgPool2d(1)", "Flatten()", $"Linear({channels}, {classes})"],
            1 => ["Flatten()", $"Linear({pixels}, 12)", "ReLU()", $"Linear(12, {classes}, hasBias: false)"],
            2 => ["Flatten()", $"Linear({pixels}, 20)", "BatchNorm1d(20)", "Tanh()", "LayerNorm(20)", $"Linear(20, {classes})"],
            _ => ["Flatten()", $"Linear({pixels}, {classes})"],
        };
    }

    private int Any(params ReadOnlySpan<int> values) => values[random.Next(values.Length)];
}
