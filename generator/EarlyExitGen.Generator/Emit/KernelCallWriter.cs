using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes what a kernel call needs: the call under a comment in the author's words, its constants, its weights' packing.</summary>
internal sealed partial class KernelCallWriter(CodeWriter code, CpuPlan plan, CpuLayerNames layers, TypeNames types)
{
    /// <summary>Copies the inputs of the rows that are left into the first map.</summary>
    public void WriteLoadRows() => code.Line(
        $"{types["FeatureMap"]}.LoadRows(inputs, {CpuLayerNames.Map(0)}, rows: Remaining, features: {Literals.Of(plan.Maps[0].Channels)});");

    /// <summary>Copies the caller's input into the first map.</summary>
    public void WriteLoad()
    {
        CpuMap map = plan.Maps[0];
        string target = CpuLayerNames.Map(0);
        bool isRow = map.Layout switch
        {
            MapLayout.Planar => map.Border == 0,
            MapLayout.Rows => map.Channels % 16 == 0,
            _ => map is { Height: 1, Width: 1, Border: 0 },
        };
        string border = map.Border > 0 ? $", border: {Literals.Of(map.Border)}" : "";
        code.Line(map.Layout switch
        {
            _ when isRow => $"input.CopyTo({target}.AsSpan());",
            MapLayout.Planar => $"{types["FeatureMap"]}.LoadPlanar(input, {target}, {Dimensions(map)}{border});",
            MapLayout.Rows => $"{types["FeatureMap"]}.LoadRows(input, {target}, rows: {Literals.Of(map.Height)}, "
                + $"features: {Literals.Of(map.Channels)});",
            _ => $"{types["FeatureMap"]}.LoadBlocked(input, {target}, {Dimensions(map)}{border});",
        });
    }

    public void WriteCall(KernelCall call)
    {
        if (call.Steps.Count > 0) code.Line($"// {Literals.Comment(Explain(call))}");
        else code.Line($"// {Purpose(call)}");
        string input = CpuLayerNames.Map(call.Input.Map);
        string output = CpuLayerNames.Map(call.Output.Map);
        string text = call switch
        {
            ConvolutionCall convolution =>
                $"{types["Convolution2d"]}.Run<{Shape(call)}>({input}, {layers[call]}, {output}{Rest(convolution)});",
            LinearCall linear => $"{types["LinearLayer"]}.{(IsOfRows(linear) ? "RunRows" : "Run")}<{Shape(call)}>"
                + $"({input}, {layers[call]}, {output}{(IsOfRows(linear) ? $", rows: {Rows(call.Input)}" : "")});",
            PoolingCall => $"{types["Pooling2d"]}.Run<{Shape(call)}>({input}, {output});",
            ActivationCall activation when !CpuFusion.HasKernel(activation.Activation) =>
                $"{types["Elementwise"]}.{KindAlone(activation.Activation)}({input}, {Interior(call.Input)}{Numbers(activation.Activation)});",
            PReluCall activation => $"{types["Elementwise"]}.PRelu({input}, {Interior(call.Input)}, {layers[call]}, "
                + $"perChannel: {Literals.Of(activation.Weights > 1)});",
            ActivationCall activation => $"{types["Elementwise"]}.Activate({input}, {Interior(call.Input)}, "
                + $"{Kind(activation.Activation)}{Slope(activation.Activation)});",
            LayerNormCall norm => $"{types["LayerNorm"]}.Run({input}, {layers[call]}, {output}, {RowsAndFeatures(call.Input)}, "
                + $"epsilon: {Literals.Of((float)norm.Norm.Epsilon)});",
            GroupNormCall norm => $"{types["GroupNorm"]}.Run({input}, {Interior(call.Input)}, groups: {Literals.Of(norm.Norm.Groups)}, "
                + $"{layers[call]}, {output}, epsilon: {Literals.Of(norm.Norm.Epsilon)});",
            ElementwiseCall pair => $"{types["Elementwise"]}.{pair.Kind}({input}, {Interior(call.Input)}, "
                + $"{CpuLayerNames.Map(pair.Other.Map)}, rightBorder: {Border(pair.Other)}, {output}, outputBorder: {Border(call.Output)});",
            CopyCall => Concatenate(call, firstChannel: 0),
            ConcatenateCall part => Concatenate(call, part.FirstChannel),
            ToRowCall => $"{types["FeatureMap"]}.StoreBlocked({input}, {output}.AsSpan()[..{Literals.Of(call.Output.Channels)}], "
                + $"{Dimensions(call.Input)});",
            FromRowCall => $"{types["FeatureMap"]}.LoadBlocked({input}.AsSpan()[..{Literals.Of(call.Input.Channels)}], {output}, "
                + $"{Dimensions(call.Output)});",
            _ => CallOfTensors(call, input, output),
        };
        code.Lines(text.Split('\n'));
    }

    /// <summary>The constants that the compiler folds into a kernel; what is not stated has the value that the interface gives.</summary>
    public void WriteShape(KernelCall call)
    {
        code.Line($"// {Literals.Comment(Explain(call))}");
        string contract = call switch
        {
            ConvolutionCall => types["IConvolutionShape"],
            LinearCall => types["ILinearShape"],
            _ => types["IPoolingShape"],
        };
        code.Open($"private readonly struct {Shape(call)} : {contract}");
        IEnumerable<Constant> constants = call switch
        {
            ConvolutionCall convolution => Constants(convolution),
            LinearCall linear => Constants(linear),
            _ => Constants((PoolingCall)call),
        };
        foreach (Constant constant in constants)
        {
            if (constant.Value != constant.Default) code.Line($"public static {constant.Type} {constant.Name} => {constant.Value};");
        }

        code.Close();
    }

    public void WritePack(KernelCall call)
    {
        Step step = CpuLayerNames.Main(call);
        string path = Literals.Of(step.Layer.Path);
        string norm = step.Norm is { Operation: BatchNorm folded } ? $", norm: {Norm(step.Norm.Path, folded)}" : "";
        code.Line(step.Layer.Operation switch
        {
            Convolution convolution => $"weights.Convolution<{Shape(call)}>({path}, hasBias: {Literals.Of(convolution.Bias)}{norm}"
                + (convolution.Rank == 1 ? ", spatialDimensions: 1);" : ");"),
            Linear linear => $"weights.Linear<{Shape(call)}>({path}, hasBias: {Literals.Of(linear.Bias)}{norm});",
            BatchNorm alone => $"weights.BatchNorm<{Shape(call)}>({Norm(step.Layer.Path, alone)});",
            LayerNorm layer => $"weights.Norm({path}, shape: {Literals.Of(layer.Shape)}, hasScale: {Literals.Of(layer.Affine)}, "
                + $"hasShift: {Literals.Of(layer.Affine && layer.Bias)});",
            PReLU activation => $"weights.Norm({path}, shape: [{Literals.Of(activation.Weights)}], hasScale: true, hasShift: false);",
            GroupNorm group => $"weights.Norm({path}, shape: [{Literals.Of(call.Input.Channels)}], hasScale: {Literals.Of(group.Affine)}, "
                + $"hasShift: {Literals.Of(group.Affine)});",
            _ => throw new InvalidOperationException($"No weights for {step.Layer.Operation.GetType().Name}."),
        });
    }

    private static string Explain(KernelCall call)
    {
        string layers = string.Join(" → ", call.Steps.Select(LayerText.Of));
        long? macs = call.Steps.Aggregate((long?)0, (sum, step) => sum + step.Macs);
        string cost = macs > 0 ? $"   {Literals.Count(macs)} MACs" : "";
        string algorithm = call is ConvolutionCall convolution ? $"   {AlgorithmText(convolution.Algorithm)}" : "";
        return $"{layers}   {call.Steps[0].Input} → {call.Steps[call.Steps.Count - 1].Output}{cost}{algorithm}";
    }

    /// <summary>What a call is for that no layer asked for by itself.</summary>
    private static string Purpose(KernelCall call) => call switch
    {
        CopyCall => "a copy to overwrite: others still read the map",
        ConcatenateCall => "the next channels",
        ToRowCall => "as one row of its elements, channel after channel",
        PaddingCall => "with its own pixels around it",
        StridedCopyCall { Output.Height: > 1 } => "in rows of their own, as the next kernel reads them",
        StridedCopyCall => "one after the other, as the next kernel reads them",
        _ => "back to blocks of 16 channels",
    };

    private static string AlgorithmText(ConvolutionAlgorithm algorithm) => algorithm switch
    {
        ConvolutionAlgorithm.Winograd2x2 => "Winograd F(2×2, 3×3)",
        ConvolutionAlgorithm.Winograd4x4 => "Winograd F(4×4, 3×3)",
        ConvolutionAlgorithm.Depthwise => "depthwise",
        _ => "direct",
    };

    private string Concatenate(KernelCall call, int firstChannel) =>
        $"{types["Elementwise"]}.Concatenate({CpuLayerNames.Map(call.Input.Map)}, {Interior(call.Input)}, "
        + $"{CpuLayerNames.Map(call.Output.Map)}, {Interior(call.Output)}, firstChannel: {Literals.Of(firstChannel)});";

    private static string Dimensions(CpuMap map) =>
        $"channels: {Literals.Of(map.Channels)}, height: {Literals.Of(map.Height)}, width: {Literals.Of(map.Width)}";

    private string Dimensions(MapView map) =>
        $"channels: {Literals.Of(map.Channels)}, height: {Literals.Of(map.Height)}, width: {Literals.Of(map.Width)}, border: {Border(map)}";

    private static string Norm(string path, BatchNorm norm) =>
        $"new({Literals.Of(path)}, Epsilon: {Literals.Of(norm.Epsilon)}, IsAffine: {Literals.Of(norm.Affine)})";

    /// <summary>Whether the methods take how many rows to compute.</summary>
    private bool AreRows => plan.RowsTogether > 1;

    private bool IsOfRows(LinearCall call) => AreRows || call.OfRows;

    private string Rows(MapView view) => AreRows ? "rows" : Literals.Of(view.Height);

    private string RowsAndFeatures(MapView view) => $"rows: {Rows(view)}, features: {Literals.Of(view.Channels)}";

    private string Shape(KernelCall call) => CpuLayerNames.Shape(layers[call]);

    private string Border(MapView view) => Literals.Of(plan.Maps[view.Map].Border);

    /// <summary>The shape of a map for the kernels that take any: rows are maps of 16 channels, as high as there are rows.</summary>
    private string Interior(MapView view)
    {
        string border = plan.Maps[view.Map].Border > 0 ? $", Border: {Border(view)}" : "";
        return AreRows || (plan.Maps[view.Map].Layout == MapLayout.Rows && view.Height > 1)
            ? $"new(16, {Rows(view)}, {Literals.Of((view.Channels + 15) / 16)})"
            : $"new({Literals.Of(view.Channels)}, {Literals.Of(view.Height)}, {Literals.Of(view.Width)}{border})";
    }

    private string Rest(ConvolutionCall call)
    {
        string residual = call.Residual is { } added ? $", residual: {CpuLayerNames.Map(added.Map)}" : "";
        return layers.Scratched.Contains(call) ? $"{residual}, scratch: Scratch" : residual;
    }

    private string Kind(Activation? activation) => $"{types["Activation"]}.{activation?.Kind switch
    {
        null => "None",
        ActivationKind.ReLU => "Relu",
        ActivationKind.Clamp => activation switch
        {
            { Argument: -1 } => "Hardtanh",
            { SecondArgument: 6 } => "Relu6",
            _ => "Relu",
        },
        ActivationKind.ReLU6 => "Relu6",
        ActivationKind.LeakyReLU => "LeakyRelu",
        ActivationKind.GELU => "Gelu",
        ActivationKind.GELUTanh => "GeluTanh",
        ActivationKind.SiLU => "Silu",
        ActivationKind.ELU => "Elu",
        ActivationKind.SELU => "Selu",
        ActivationKind.CELU => "Celu",
        { } same => same.ToString(),
    }}";

    private static string KindAlone(Activation activation) => activation.Kind switch
    {
        ActivationKind.Hardtanh => nameof(ActivationKind.Clamp),
        ActivationKind.Power => "Square",
        var same => same.ToString(),
    };

    private static string Numbers(Activation activation) => activation.Arguments == 2
        ? $", {Literals.Of((float)activation.Argument)}, {Literals.Of((float)activation.SecondArgument)}"
        : "";

    private static string Slope(Activation activation) =>
        activation.Arguments == 1 ? $", negativeSlope: {Literals.Of((float)activation.Argument)}" : "";

    private IEnumerable<Constant> Constants(ConvolutionCall call)
    {
        CpuMap input = plan.Maps[call.Input.Map];
        yield return Constant.Of("InputChannels", call.Input.Channels);
        yield return Constant.Of("InputHeight", call.Input.Height);
        yield return Constant.Of("InputWidth", call.Input.Width);
        yield return Constant.Of("OutputChannels", call.Output.Channels);
        yield return Constant.Of("KernelHeight", call.Kernel.Rows);
        yield return Constant.Of("KernelWidth", call.Kernel.Columns);
        yield return Constant.Of("StrideY", call.Stride.Rows, usual: 1);
        yield return Constant.Of("StrideX", call.Stride.Columns, usual: 1);
        yield return Constant.Of("PaddingY", call.Padding.Rows, usual: 0);
        yield return Constant.Of("PaddingX", call.Padding.Columns, usual: 0);
        yield return Constant.Of("ExtraPaddingY", call.ExtraPadding.Rows, usual: 0);
        yield return Constant.Of("ExtraPaddingX", call.ExtraPadding.Columns, usual: 0);
        yield return Constant.Of("DilationY", call.Dilation.Rows, usual: 1);
        yield return Constant.Of("DilationX", call.Dilation.Columns, usual: 1);
        yield return Constant.Of("Groups", call.Groups, usual: 1);
        yield return Constant.Of("InputIsPlanar", input.Layout == MapLayout.Planar);
        yield return Constant.Of("InputBorder", input.Border, usual: 0);
        yield return Constant.Of("OutputBorder", plan.Maps[call.Output.Map].Border, usual: 0);
        yield return Constant.Of("HasResidual", call.Residual is not null);
        yield return Constant.Of("ResidualBorder", call.Residual is { } residual ? plan.Maps[residual.Map].Border : 0, usual: 0);
        foreach (Constant constant in Constants(call.Activation)) yield return constant;
        yield return Constant.Of("MaxPool2x2", call.Pools);
        yield return new Constant(
            types["ConvolutionAlgorithm"],
            "Algorithm",
            $"{types["ConvolutionAlgorithm"]}.{call.Algorithm}",
            $"{types["ConvolutionAlgorithm"]}.{ConvolutionAlgorithm.Direct}");
    }

    private IEnumerable<Constant> Constants(LinearCall call)
    {
        yield return Constant.Of("InputFeatures", call.Input.Channels);
        yield return Constant.Of("OutputFeatures", call.Output.Channels);
        if (!call.OfRows)
        {
            yield return Constant.Of("InputHeight", call.Input.Height, usual: 1);
            yield return Constant.Of("InputWidth", call.Input.Width, usual: 1);
            yield return Constant.Of("InputBorder", plan.Maps[call.Input.Map].Border, usual: 0);
        }

        foreach (Constant constant in Constants(call.Activation)) yield return constant;
    }

    private IEnumerable<Constant> Constants(PoolingCall call)
    {
        yield return new Constant(types["PoolingKind"], "Kind", $"{types["PoolingKind"]}.{call.Kind}");
        yield return Constant.Of("Channels", call.Input.Channels);
        yield return Constant.Of("InputHeight", call.Input.Height);
        yield return Constant.Of("InputWidth", call.Input.Width);
        yield return Constant.Of("OutputHeight", call.Output.Height);
        yield return Constant.Of("OutputWidth", call.Output.Width);
        yield return Constant.Of("KernelHeight", call.Kernel.Rows, usual: 1);
        yield return Constant.Of("KernelWidth", call.Kernel.Columns, usual: 1);
        yield return Constant.Of("StrideY", call.Stride.Rows, usual: 1);
        yield return Constant.Of("StrideX", call.Stride.Columns, usual: 1);
        yield return Constant.Of("PaddingY", call.Padding.Rows, usual: 0);
        yield return Constant.Of("PaddingX", call.Padding.Columns, usual: 0);
        yield return Constant.Of("DilationY", call.Dilation.Rows, usual: 1);
        yield return Constant.Of("DilationX", call.Dilation.Columns, usual: 1);
        yield return Constant.Of("Divisor", call.Divisor, usual: 0);
        yield return Constant.Of("InputBorder", plan.Maps[call.Input.Map].Border, usual: 0);
        yield return Constant.Of("OutputBorder", plan.Maps[call.Output.Map].Border, usual: 0);
    }

    private IEnumerable<Constant> Constants(Activation? activation)
    {
        yield return new Constant(types["Activation"], "Activation", Kind(activation), Kind(null));
        if (activation is { Arguments: 1 })
        {
            yield return new Constant("float", "NegativeSlope", Literals.Of((float)activation.Argument), "0.01f");
        }
    }

    /// <summary>A member of a shape; not written when it has the interface's own value.</summary>
    private readonly record struct Constant(string Type, string Name, string Value, string? Default = null)
    {
        public static Constant Of(string name, int value, int? usual = null) =>
            new("int", name, Literals.Of(value), usual is { } known ? Literals.Of(known) : null);

        public static Constant Of(string name, bool value) => new("bool", name, Literals.Of(value), "false");
    }
}
