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
        Convolution convolution => AddConvolution(convolution, input),
        BatchNorm2d norm => graph.Node(
            "BatchNormalization", [input, .. new[] { norm.weight, norm.bias, norm.running_mean, norm.running_var }.Select(Constant)]),
        Linear linear => graph.Node("Gemm", [input, Constant(linear.weight), Constant(linear.bias!)], output: null, ("transB", [1])),
        ReLU => graph.Node("Relu", [input]),
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
        Dictionary<string, nn.Module> children = block.named_children().ToDictionary(child => child.name, child => child.module);
        string main = graph.Node("Relu", [Add(children["bn1"], Add(children["conv1"], input))]);
        main = Add(children["bn2"], Add(children["conv2"], main));
        string around = children.TryGetValue("shortcut", out nn.Module? shortcut) ? Add(shortcut, input) : input;
        return graph.Node("Relu", [graph.Node("Add", [main, around])]);
    }

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
