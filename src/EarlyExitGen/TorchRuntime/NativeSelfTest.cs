using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// Runs every bound operation once on a small tensor and compares it with TorchSharp's public API: a function whose arguments changed
/// their meaning shows here, before it can give a wrong answer.
/// </summary>
internal static partial class NativeSelfTest
{
    private const double Tolerance = 1e-6;

    private delegate NewTensor Operation(TensorSlot input);

    private delegate void InPlaceOperation(TensorSlot slot);

    /// <summary>Looks every export up, so that <see cref="NativeExports.Missing"/> is complete.</summary>
    public static void TouchExports() => RuntimeHelpers.RunClassConstructor(typeof(LibTorchSharp).TypeHandle);

    /// <summary>What is wrong, or null.</summary>
    public static string? FindMismatch()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        try
        {
            return FindLayerMismatch() ?? FindActivationMismatch() ?? FindShapedActivationMismatch() ?? FindFunctionMismatch() ?? FindMaskMismatch()
                ?? FindComparisonMismatch();
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            return $"the self-test of libLibTorchSharp failed: {exception.Message}";
        }
    }

    private static string? FindLayerMismatch()
    {
        Tensor line = linspace(-2, 2, 24).reshape(2, 4, 3);
        Tensor map = linspace(-3, 3, 200).reshape(2, 4, 5, 5);
        Tensor lineBias = linspace(0.5, 1, 2);
        Tensor lineWeight = linspace(-1, 1, 24).reshape(4, 2, 3);
        Tensor mapWeight = linspace(-1, 1, 72).reshape(4, 2, 3, 3);
        Tensor bias = linspace(0.5, 1.5, 4);
        Tensor square = linspace(-1, 1, 15).reshape(3, 5);
        FrozenLayer lineLayer = new(lineWeight.Handle, bias.Handle);
        FrozenLayer mapLayer = new(mapWeight.Handle, bias.Handle);
        FrozenLayer scale = new(bias.Handle, bias.Handle);
        FrozenNorm norm = new(bias.Handle, bias.Handle, bias.Handle, bias.Handle);
        Tensor last = linspace(0.5, 1.5, 5);
        return Compare("conv1d", line, x => EarlyExitTorchPipeline.Conv1d(x, lineLayer, [1], [1], [1], 2),
                functional.conv1d(line, lineWeight, bias, 1, 1, 1, groups: 2))
            ?? Compare("conv2d", map, x => EarlyExitTorchPipeline.Conv2d(x, mapLayer, [2, 1], [1, 0], [1, 1], 2),
                functional.conv2d(map, mapWeight, bias, [2, 1], [1, 0], [1, 1], groups: 2))
            ?? Compare("conv1d_padding", line, x => EarlyExitTorchPipeline.Conv1dSame(x, lineLayer, [1], [1], 2),
                functional.conv1d(line, lineWeight, bias, 1, 1, 1, groups: 2))
            ?? Compare("conv2d_padding", map, x => EarlyExitTorchPipeline.Conv2dSame(x, mapLayer, [1, 1], [1, 1], 2),
                functional.conv2d(map, mapWeight, bias, [1, 1], [1, 1], [1, 1], groups: 2))
            ?? Compare("conv_transpose1d", line, x => EarlyExitTorchPipeline.ConvTranspose1d(x, new FrozenLayer(lineWeight.Handle, lineBias.Handle), [2], [1], [1], [2], 1),
                functional.conv_transpose1d(line, lineWeight, lineBias, 2, 1, 1, 2))
            ?? Compare("conv_transpose2d", map, x => EarlyExitTorchPipeline.ConvTranspose2d(x, mapLayer, [2, 1], [1, 0], [1, 0], [1, 1], 2),
                functional.conv_transpose2d(map, mapWeight, bias, [2, 1], [1, 0], [1, 0], [1, 1], groups: 2))
            ?? Compare("interpolate by a scale", map, x => EarlyExitTorchPipeline.Upsample(x, [], [2, 1.5], InterpolationMode.Nearest, null),
                functional.interpolate(map, scale_factor: [2, 1.5]))
            ?? Compare("interpolate to a size", map, x => EarlyExitTorchPipeline.Upsample(x, [7, 9], [], InterpolationMode.Bilinear, true),
                functional.interpolate(map, [7, 9], mode: InterpolationMode.Bilinear, align_corners: true))
            ?? Compare("interpolate", map, x => EarlyExitTorchPipeline.Upsample(x, [7, 9], [], InterpolationMode.Bicubic, false),
                functional.interpolate(map, [7, 9], mode: InterpolationMode.Bicubic, align_corners: false))
            ?? Compare("pad", map, x => EarlyExitTorchPipeline.Pad(x, [1, 2, 0, 1], PaddingModes.Reflect),
                functional.pad(map, [1L, 2L, 0L, 1L], PaddingModes.Reflect))
            ?? Compare("linear", map, x => EarlyExitTorchPipeline.Linear(x, new FrozenLayer(square.Handle, 0)),
                functional.linear(map, square))
            ?? Compare("batch_norm", map, x => EarlyExitTorchPipeline.BatchNorm(x, norm, 0.1),
                functional.batch_norm(map, bias, bias, bias, bias, training: false, eps: 0.1))
            ?? Compare("layer_norm", map, x => EarlyExitTorchPipeline.LayerNorm(x, new FrozenLayer(last.Handle, last.Handle), [5], 0.1),
                functional.layer_norm(map, [5L], last, last, 0.1))
            ?? Compare("group_norm", map, x => EarlyExitTorchPipeline.GroupNorm(x, scale, 2, 0.1),
                functional.group_norm(map, 2, bias, bias, 0.1))
            ?? Compare("max_pool1d", line, x => EarlyExitTorchPipeline.MaxPool1d(x, [2], [1], [1], [1], ceilMode: false),
                functional.max_pool1d(line, 2, 1, 1, 1))
            ?? Compare("max_pool2d", map, x => new(MapPooling.RunByLibTorch(x.Handle, [3, 2], [2, 2], [1, 0], [1, 2], true)),
                functional.max_pool2d(map, [3L, 2L], [2L, 2L], [1L, 0L], [1L, 2L], ceil_mode: true))
            ?? Compare("max_pool2d by the memory of tensors", map, x => EarlyExitTorchPipeline.MaxPool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], false),
                functional.max_pool2d(map, 2))
            ?? Compare("avg_pool1d", line, x => EarlyExitTorchPipeline.AvgPool1d(x, [2], [1], [1], ceilMode: false, countIncludePad: false),
                functional.avg_pool1d(line, 2, 1, 1, count_include_pad: false))
            ?? Compare("avg_pool2d", map, x => EarlyExitTorchPipeline.AvgPool2d(x, [3, 2], [2, 2], [1, 0], true, false, 7),
                functional.avg_pool2d(map, [3L, 2L], [2L, 2L], [1L, 0L], ceil_mode: true, count_include_pad: false, divisor_override: 7))
            ?? Compare("adaptive_avg_pool1d", line, x => EarlyExitTorchPipeline.AdaptiveAvgPool1d(x, [2]),
                functional.adaptive_avg_pool1d(line, 2))
            ?? Compare("adaptive_avg_pool2d", map, x => EarlyExitTorchPipeline.AdaptiveAvgPool2d(x, [2, 3]),
                functional.adaptive_avg_pool2d(map, [2L, 3L]))
            ?? Compare("flatten", map, x => EarlyExitTorchPipeline.Flatten(x, 1, -1), map.flatten(1))
            ?? Compare("expand", last.reshape(1, 1, 5), x => EarlyExitTorchPipeline.Expand(x, x, [4, -1]), last.expand(1, 4, 5));
    }

    private static string? FindActivationMismatch()
    {
        Tensor x = linspace(-8, 8, 33);
        const double slope = 0.2;
        return CompareBoth("relu", x, EarlyExitTorchPipeline.ReLU, EarlyExitTorchPipeline.ReLUInPlace, functional.relu(x))
            ?? CompareBoth("relu6", x, EarlyExitTorchPipeline.ReLU6, EarlyExitTorchPipeline.ReLU6InPlace, functional.relu6(x))
            ?? CompareBoth("silu", x, EarlyExitTorchPipeline.SiLU, EarlyExitTorchPipeline.SiLUInPlace, functional.silu(x))
            ?? CompareBoth(
                "hardswish", x, EarlyExitTorchPipeline.Hardswish, EarlyExitTorchPipeline.HardswishInPlace, functional.hardswish(x))
            ?? CompareBoth(
                "hardsigmoid", x, EarlyExitTorchPipeline.Hardsigmoid, EarlyExitTorchPipeline.HardsigmoidInPlace, functional.hardsigmoid(x))
            ?? CompareBoth("sigmoid", x, EarlyExitTorchPipeline.Sigmoid, EarlyExitTorchPipeline.SigmoidInPlace, functional.sigmoid(x))
            ?? CompareBoth("tanh", x, EarlyExitTorchPipeline.Tanh, EarlyExitTorchPipeline.TanhInPlace, functional.tanh(x))
            ?? CompareBoth("gelu", x, EarlyExitTorchPipeline.GELU, EarlyExitTorchPipeline.GELUInPlace, functional.gelu(x))
            ?? CompareBoth(
                "gelu tanh",
                x,
                EarlyExitTorchPipeline.GELUTanh,
                EarlyExitTorchPipeline.GELUTanhInPlace,
                functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh))
            ?? CompareBoth(
                "leaky_relu",
                x,
                input => EarlyExitTorchPipeline.LeakyReLU(input, slope),
                slot => EarlyExitTorchPipeline.LeakyReLUInPlace(slot, slope),
                functional.leaky_relu(x, slope));
    }

    private static string? CompareBoth(string name, Tensor input, Operation operation, InPlaceOperation inPlace, Tensor expected) =>
        Compare(name, input, operation, expected) ?? Compare(
            $"{name} in place",
            input.clone(),
            slot =>
            {
                inPlace(slot);
                return EarlyExitTorchPipeline.Alias(slot);
            },
            expected);

    private static string? Compare(string name, Tensor input, Operation operation, Tensor expected)
    {
        TensorSlot slot = new();
        slot.Borrow(input.Handle);
        Tensor actual = Tensor.UnsafeCreateTensor(operation(slot).Handle);
        bool matches = actual.shape.SequenceEqual(expected.shape) && (actual - expected).abs().max().item<float>() <= Tolerance;
        return matches ? null : $"the self-test of libLibTorchSharp failed: {name} does not give what TorchSharp gives.";
    }
}
