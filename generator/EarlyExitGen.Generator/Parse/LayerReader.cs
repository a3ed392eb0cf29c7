using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis.Operations;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads what a call of a <c>torch.nn</c> factory makes, or a function of the same meaning computes.</summary>
internal static class LayerReader
{
    /// <summary>The operation, or what it is in the call that the compiler does not understand.</summary>
    public static (Operation? Operation, Obstacle? Obstacle) Read(IInvocationOperation call, ArgumentReader arguments)
    {
        Operation? operation = Read(call.TargetMethod.Name, arguments);
        if (arguments.Failed) return (null, arguments.Obstacle ?? new Obstacle(call.Syntax, "an argument that is no constant"));
        return operation is null || !arguments.IsUnderstood
            ? (null, new Obstacle(call.Syntax, $"a {call.TargetMethod.Name} that it can't compile"))
            : (operation, null);
    }

    /// <summary>The operation of a factory; null for one that the compiler does not know.</summary>
    public static Operation? Read(string factory, ArgumentReader arguments) => factory switch
    {
        "Conv1d" => ReadConvolution(arguments, rank: 1),
        "Conv2d" => ReadConvolution(arguments, rank: 2),
        "ConvTranspose1d" => ReadTransposedConvolution(arguments, rank: 1),
        "ConvTranspose2d" => ReadTransposedConvolution(arguments, rank: 2),
        "Upsample" => ReadUpsample(arguments),
        "Linear" when arguments.Has("inputSize") => new Linear(
            arguments.Width("inputSize"), arguments.Width("outputSize"), arguments.Bool("hasBias", true)),
        "BatchNorm1d" => ReadBatchNorm(arguments, rank: 1),
        "BatchNorm2d" => ReadBatchNorm(arguments, rank: 2),
        "LayerNorm" => ReadLayerNorm(arguments),
        "GroupNorm" => new GroupNorm(
            arguments.Long("num_groups"), arguments.Width("num_channels"), arguments.Double("eps", 1e-5), arguments.Bool("affine", true)),
        "PReLU" => new PReLU(arguments.Width("num_parameters")),
        "MaxPool1d" => ReadMaxPool(arguments, rank: 1),
        "MaxPool2d" => ReadMaxPool(arguments, rank: 2),
        "AvgPool1d" => ReadAvgPool(arguments, rank: 1),
        "AvgPool2d" => ReadAvgPool(arguments, rank: 2),
        "AdaptiveAvgPool1d" => new AdaptiveAvgPool(arguments.Spatial("output_size", 1, default)),
        "AdaptiveAvgPool2d" => new AdaptiveAvgPool(arguments.Spatial("output_size", 2, default)),
        "Flatten" => new Flatten(arguments.Long("start_dim", 1), arguments.Long("end_dim", -1)),
        "Softmax" => new Softmax(arguments.Long("dim"), Logarithm: false),
        "LogSoftmax" => new Softmax(arguments.Long("dim"), Logarithm: true),
        "Embedding" when arguments.Has("num_embeddings") && arguments.IsNull("max_norm") =>
            new Embedding(arguments.Width("num_embeddings"), arguments.Width("embedding_dims")),
        "Dropout" or "Dropout1d" or "Dropout2d" or "Dropout3d" or "AlphaDropout" or "FeatureAlphaDropout" =>
            new Identity(factory, arguments.Comment("p", 0.5)),
        "Identity" => new Identity("Identity", Argument: null),
        _ => ActivationReader.Read(factory, arguments),
    };

    private static Convolution? ReadConvolution(ArgumentReader arguments, int rank)
    {
        // The overloads that take Padding.Same or Padding.Valid have an enum where the others have numbers.
        bool byRule = arguments.TypeOf("padding") is { Name: "Padding" };
        bool same = byRule && arguments.Enum("padding", 0) == 1;
        int mode = arguments.Enum("padding_mode", 0);
        if (mode > (int)PaddingMode.Circular) return null;

        EquatableArray<long> zeros = ArgumentReader.Repeat(0, rank);
        EquatableArray<long> ones = ArgumentReader.Repeat(1, rank);
        return new Convolution(
            arguments.Width("in_channels"),
            arguments.Width("out_channels"),
            arguments.Spatial("kernel_size", rank, default),
            arguments.Spatial("stride", rank, ones),
            byRule ? zeros : arguments.Spatial("padding", rank, zeros),
            arguments.Spatial("dilation", rank, ones),
            arguments.Long("groups", 1),
            arguments.Bool("bias", true),
            same ? PaddingRule.Same : PaddingRule.Explicit,
            (PaddingMode)mode);
    }

    private static TransposedConvolution? ReadTransposedConvolution(ArgumentReader arguments, int rank)
    {
        EquatableArray<long> zeros = ArgumentReader.Repeat(0, rank);
        EquatableArray<long> ones = ArgumentReader.Repeat(1, rank);
        return arguments.Enum("padding_mode", 0) == (int)PaddingMode.Zeros
            ? new TransposedConvolution(
                arguments.Width("in_channels"),
                arguments.Width("out_channels"),
                arguments.Spatial("kernel_size", rank, default),
                arguments.Spatial("stride", rank, ones),
                arguments.Spatial("padding", rank, zeros),
                arguments.Spatial("output_padding", rank, zeros),
                arguments.Spatial("dilation", rank, ones),
                arguments.Long("groups", 1),
                arguments.Bool("bias", true))
            : null;
    }

    private static Upsample? ReadUpsample(ArgumentReader arguments)
    {
        if (!arguments.IsNull("recompute_scale_factor") && arguments.Bool("recompute_scale_factor", false)) return null;
        if (arguments.Bool("antialias", false)) return null;
        Upsample upsample = new(
            (UpsampleMode)arguments.Enum("mode", 0),
            arguments.IsNull("size") ? [] : arguments.List("size"),
            arguments.IsNull("scale_factor") ? [] : arguments.Doubles("scale_factor"),
            arguments.IsNull("align_corners") ? null : arguments.Bool("align_corners", false));
        int? rank = upsample.Mode switch
        {
            UpsampleMode.Nearest when upsample.AlignCorners is null => upsample.Rank,
            UpsampleMode.Linear => 1,
            UpsampleMode.Bilinear or UpsampleMode.Bicubic => 2,
            _ => null,
        };
        bool isOneOfThem = upsample.Size.Count == 0 || upsample.Scale.Count == 0;
        return isOneOfThem && upsample.Rank == rank && upsample.Rank is 1 or 2 ? upsample : null;
    }

    // Without running statistics the layer normalises by the batch at inference too: then the order of the rows' exits would matter.
    private static BatchNorm? ReadBatchNorm(ArgumentReader arguments, int rank) => arguments.Bool("track_running_stats", true)
        ? new BatchNorm(rank, arguments.Width("num_features"), arguments.Double("eps", 1e-5), arguments.Bool("affine", true))
        : null;

    private static LayerNorm ReadLayerNorm(ArgumentReader arguments)
    {
        bool affine = arguments.Bool("elementwise_affine", true);
        return new LayerNorm(
            arguments.List("normalized_shape"), arguments.Double("eps", 1e-5), affine, affine && arguments.Bool("bias", true));
    }

    private static MaxPool ReadMaxPool(ArgumentReader arguments, int rank)
    {
        EquatableArray<long> kernel = arguments.Spatial("kernel_size", rank, default);
        return new MaxPool(
            kernel,
            arguments.Spatial("stride", rank, kernel),
            arguments.Spatial("padding", rank, ArgumentReader.Repeat(0, rank)),
            arguments.Spatial("dilation", rank, ArgumentReader.Repeat(1, rank)),
            arguments.Bool("ceil_mode", false));
    }

    private static AvgPool ReadAvgPool(ArgumentReader arguments, int rank)
    {
        EquatableArray<long> kernel = arguments.Spatial("kernel_size", rank, default);
        return new AvgPool(
            kernel,
            arguments.Spatial("stride", rank, kernel),
            arguments.Spatial("padding", rank, ArgumentReader.Repeat(0, rank)),
            arguments.Bool("ceil_mode", false),
            arguments.Bool("count_include_pad", true),
            arguments.Spatial("divisor_override", 1, [0])[0]);
    }
}
