using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <content>The calls of kernels without weights that work on any arrangement of a tensor.</content>
internal sealed partial class KernelCallWriter
{
    /// <summary>The floats of scratch that a call needs.</summary>
    public string ScratchLength(KernelCall call) => call switch
    {
        AttentionCall attention => $"new {types["AttentionShape"]}({Arguments(attention.Size)}).ScratchLength",
        MatrixProductCall product => $"{types["MatrixProduct"]}.ScratchLength({InnerAndColumns(product)})",
        _ => $"{types["Convolution2d"]}.ScratchLength<{Shape(call)}>()",
    };

    /// <summary>Packs a tensor of the network's own.</summary>
    public void WritePack(CpuMap map)
    {
        CpuConstant constant = map.Constant!;
        string stored = $"{Literals.Of(constant.Path)}, stored: {Literals.Of(constant.Stored.Dimensions)}";
        string repeated = constant.Repeated == constant.Shape
            ? ""
            : $", shape: {Literals.Of(constant.Shape.Dimensions)}, repeated: {Literals.Of(constant.Repeated.Dimensions)}";
        string place = map.Layout == MapLayout.Rows ? $"rows: {Literals.Of(map.Height)}, features: {Literals.Of(map.Channels)}" : Dimensions(map);
        string border = map.Border > 0 ? $", border: {Literals.Of(map.Border)}" : "";
        code.Line($"weights.{(map.Layout == MapLayout.Rows ? "TensorOfRows" : "TensorOfMap")}({stored}{repeated}, {place}{border});");
    }

    private string CallOfTensors(KernelCall call, string input, string output) => call switch
    {
        ScaleAndShiftCall scalar => $"{types["Elementwise"]}.ScaleAndShift({input}, {Interior(call.Input)}, "
            + $"scale: {Literals.Of(scalar.Scale)}, offset: {Literals.Of(scalar.Offset)});",
        ScaleChannelsCall scale => $"{types["Elementwise"]}.ScaleChannels({input}, {Interior(call.Input)}, "
            + $"{CpuLayerNames.Map(scale.Factors.Map)}, {output}, outputBorder: {Border(call.Output)});",
        SoftmaxCall softmax => $"{types["Softmax"]}.{(softmax.Logarithm ? "RunLogarithm" : "Run")}({input}, "
            + $"{RowsAndFeatures(call.Input)});",
        RowMeanCall => $"{types["RowMean"]}.Run({input}, {output}, {RowsAndFeatures(call.Input)});",
        StridedCopyCall copy => $"{types["StridedCopy"]}.Run({input}, from: {Literals.Of(copy.From)}, {output}, "
            + $"to: {Literals.Of(copy.To)}{string.Concat(copy.Loops.Select(loop => $", {Loop(loop)}"))});",
        PaddingCall padding => $"{types["Padding2d"]}.Run({input}, {Interior(call.Input)}, {output}, {Interior(call.Output)}, "
            + $"top: {Literals.Of(padding.Before.Rows)}, left: {Literals.Of(padding.Before.Columns)}, "
            + $"{types["PaddingKind"]}.{padding.Mode});",
        MatrixProductCall product => $"{types["MatrixProduct"]}.Run({input}, {Place(product.Left)}, "
            + $"{CpuLayerNames.Map(product.Other.Map)}, {Place(product.Right)}, {output}, matrices: {Literals.Of(product.Matrices)}, "
            + $"rows: {Literals.Of(product.Rows)}, {InnerAndColumns(product)}, Scratch);",
        AttentionCall attention => $"{types["DotProductAttention"]}.Run(\n    {input}, {Place(attention.Queries)}, "
            + $"{CpuLayerNames.Map(attention.KeyMap.Map)}, {Place(attention.Keys)}, {CpuLayerNames.Map(attention.ValueMap.Map)}, "
            + $"{Place(attention.Values)}, {output}, {Place(attention.Target)},\n    {Size(attention.Size)}, Scratch);",
        _ => throw new InvalidOperationException($"No code for {call.GetType().Name}."),
    };

    private static string InnerAndColumns(MatrixProductCall product) =>
        $"inner: {Literals.Of(product.Inner)}, columns: {Literals.Of(product.Columns)}";

    private string Loop(CopyLoop loop) =>
        $"new {types["CopyLoop"]}({Literals.Of(loop.Size)}, {Literals.Of(loop.From)}, {Literals.Of(loop.To)})";

    private static string Place(MatrixPlace place) =>
        $"new({Literals.Of(place.Offset)}, {Literals.Of(place.Matrix)}, {Literals.Of(place.Row)}"
        + (place.Column == 1 ? ")" : $", {Literals.Of(place.Column)})");

    private static string Size(AttentionSize size) => $"new({Arguments(size)})";

    private static string Arguments(AttentionSize size) =>
        $"Heads: {Literals.Of(size.Heads)}, Queries: {Literals.Of(size.Queries)}, Keys: {Literals.Of(size.Keys)}, "
        + $"Features: {Literals.Of(size.Features)}, ValueFeatures: {Literals.Of(size.ValueFeatures)}"
        + (size.IsCausal ? ", IsCausal: true" : "");
}
