using EarlyExitGen.Benchmarks.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>Turns the modules of a network, sequences of plain layers, into ONNX operations with their present weights.</summary>
internal sealed class OnnxExport(OnnxGraph graph)
{
    /// <summary>Adds a module and gives the name of its result.</summary>
    public string Add(nn.Module module, string input) => module switch
    {
        Sequential sequential => sequential.children().Aggregate(input, (value, child) => Add(child, value)),
        BasicBlock block => AddBlock(block, input),
        InvertedResidual block => AddBlock(block, input),
        EncoderLayer layer => AddLayer(layer, input),
        TokenClassifier classifier => Add(
            classifier.children().Single(), graph.Node("ReduceMean", [input], output: null, ("axes", [1]), ("keepdims", [0]))),
        Convolution convolution => AddConvolution(convolution, input),
        BatchNorm2d norm => graph.Node(
            "BatchNormalization", [input, .. new[] { norm.weight, norm.bias, norm.running_mean, norm.running_var }.Select(Constant)]),
        Linear linear => graph.Node("Gemm", [input, Constant(linear.weight), Constant(linear.bias!)], output: null, ("transB", [1])),
        ReLU => graph.Node("Relu", [input]),
        ReLU6 => graph.Node("Clip", [input, graph.Constant([], [0f]), graph.Constant([], [6f])]),
        LayerNorm norm => graph.Node(
            "LayerNormalization", [input, Constant(norm.weight), Constant(norm.bias)], output: null, ("axis", [-1])),
        MaxPool2d pool => graph.Node(
            "MaxPool",
            [input],
            output: null,
            ("kernel_shape", pool.kernel_size),
            ("strides", pool.stride ?? pool.kernel_size),
            ("pads", Both(pool.padding ?? [0, 0])),
            ("ceil_mode", [pool.ceil_mode ? 1 : 0])),
        AvgPool2d pool => graph.Node(
            "AveragePool", [input], output: null, ("kernel_shape", pool.kernel_size), ("strides", pool.stride ?? pool.kernel_size)),
        AdaptiveAvgPool2d => graph.Node("GlobalAveragePool", [input]),
        Flatten => graph.Node("Flatten", [input], output: null, ("axis", [1])),
        Dropout => input,
        _ => throw new NotSupportedException($"No ONNX operation for {module.GetName()}."),
    };

    private string AddBlock(BasicBlock block, string input)
    {
        Dictionary<string, nn.Module> children = Children(block);
        string main = graph.Node("Relu", [Add(children["bn1"], Add(children["conv1"], input))]);
        main = Add(children["bn2"], Add(children["conv2"], main));
        string around = children.TryGetValue("shortcut", out nn.Module? shortcut) ? Add(shortcut, input) : input;
        return graph.Node("Relu", [graph.Node("Add", [main, around])]);
    }

    private string AddBlock(InvertedResidual block, string input)
    {
        string main = block.children().Aggregate(input, (value, child) => Add(child, value));
        return block.HasShortcut ? graph.Node("Add", [main, input]) : main;
    }

    private string AddLayer(EncoderLayer layer, string input)
    {
        Dictionary<string, nn.Module> children = Children(layer);
        string attended = AddAttention(layer.Heads, children, Add(children["attentionNorm"], input));
        string sum = graph.Node("Add", [input, attended]);
        string value = Add(children["feedForwardNorm"], sum);
        foreach (nn.Module child in children["feedForward"].children())
        {
            value = child is Linear linear ? AddToRows(linear, value) : Add(child, value);
        }

        return graph.Node("Add", [sum, value]);
    }

    private string AddAttention(int heads, Dictionary<string, nn.Module> children, string input)
    {
        Linear project = (Linear)children["project"];
        long features = project.weight.size(1);
        long width = features / heads;
        string all = AddToRows(project, input);
        string query = Part(0, [0, 2, 1, 3]);
        string transposedKey = Part(1, [0, 2, 3, 1]);
        string value = Part(2, [0, 2, 1, 3]);
        string scores = graph.Node("Mul", [graph.Node("MatMul", [query, transposedKey]), graph.Constant([], [1 / MathF.Sqrt(width)])]);
        string weighted = graph.Node("MatMul", [graph.Node("Softmax", [scores], output: null, ("axis", [-1])), value]);
        string merged = graph.Node("Transpose", [weighted], output: null, ("perm", [0, 2, 1, 3]));
        return AddToRows((Linear)children["merge"], graph.Node("Reshape", [merged, graph.Constant(0, 0, features)]));

        string Part(int index, long[] order)
        {
            string[] range = [graph.Constant(index * features), graph.Constant((index + 1) * features), graph.Constant(2)];
            string split = graph.Node("Reshape", [graph.Node("Slice", [all, .. range]), graph.Constant(0, 0, heads, width)]);
            return graph.Node("Transpose", [split], output: null, ("perm", order));
        }
    }

    /// <summary>A linear layer over the last of more than two dimensions, which Gemm does not take.</summary>
    private string AddToRows(Linear linear, string input)
    {
        using Tensor transposed = linear.weight.t();
        return graph.Node("Add", [graph.Node("MatMul", [input, Constant(transposed)]), Constant(linear.bias!)]);
    }

    private static Dictionary<string, nn.Module> Children(nn.Module module) =>
        module.named_children().ToDictionary(child => child.name, child => child.module);

    private string AddConvolution(Convolution convolution, string input)
    {
        string[] inputs = convolution.bias is { } bias
            ? [input, Constant(convolution.weight), Constant(bias)]
            : [input, Constant(convolution.weight)];
        return graph.Node(
            "Conv",
            inputs,
            output: null,
            ("kernel_shape", convolution.kernel_size),
            ("strides", convolution.stride),
            ("pads", Both(convolution.padding!)),
            ("dilations", convolution.dilation),
            ("group", [convolution.groups]));
    }

    private static long[] Both(long[] sides) => [.. sides, .. sides];

    private string Constant(Tensor? tensor)
    {
        using Tensor values = tensor!.detach().contiguous();
        return graph.Constant(values.shape, values.data<float>().ToArray());
    }
}
