namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// The functions of libLibTorchSharp 0.107.0 that the pipelines call. TorchSharp's own wrappers allocate; these do not.
/// </summary>
/// <remarks>
/// Invariants. A tensor is an <c>at::Tensor*</c>; a function that returns one gives a new pointer that the caller must
/// <see cref="Dispose"/>, or 0 on an error, kept per thread until <see cref="TakeLastError"/>. A function without a result keeps its
/// error there too. A list of numbers is a pointer and a count. <c>bool</c> is one byte. Pointers passed in are borrowed for the call.
/// </remarks>
internal static unsafe partial class LibTorchSharp
{
    // Lifetime, errors, modes
    public static readonly delegate* unmanaged<nint, void> Dispose =
        (delegate* unmanaged<nint, void>)NativeExports.Get("THSTensor_dispose");

    public static readonly delegate* unmanaged<nint> TakeLastError =
        (delegate* unmanaged<nint>)NativeExports.Get("THSTorch_get_and_reset_last_err");

    public static readonly delegate* unmanaged<byte, nint> EnterInferenceMode =
        (delegate* unmanaged<byte, nint>)NativeExports.Get("THSAutograd_getInferenceModeGuard");

    public static readonly delegate* unmanaged<nint, void> LeaveInferenceMode =
        (delegate* unmanaged<nint, void>)NativeExports.Get("THSAutograd_deleteInferenceModeGuard");

    public static readonly delegate* unmanaged<double, nint> NewScalar =
        (delegate* unmanaged<double, nint>)NativeExports.Get("THSTorch_float64_to_scalar");

    public static readonly delegate* unmanaged<long, nint> NewWholeScalar =
        (delegate* unmanaged<long, nint>)NativeExports.Get("THSTorch_int64_to_scalar");

    public static readonly delegate* unmanaged<nint, void> DisposeScalar =
        (delegate* unmanaged<nint, void>)NativeExports.Get("THSTorch_dispose_scalar");

    // Questions. Each takes some nanoseconds, neither blocks nor calls back, so that the runtime needs no transition for it.
    public static readonly delegate* unmanaged[SuppressGCTransition]<int> Threads =
        (delegate* unmanaged[SuppressGCTransition]<int>)NativeExports.Get("THSTorch_get_num_threads");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, long> Dimensions =
        (delegate* unmanaged[SuppressGCTransition]<nint, long>)NativeExports.Get("THSTensor_ndimension");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, long, long> Size =
        (delegate* unmanaged[SuppressGCTransition]<nint, long, long>)NativeExports.Get("THSTensor_size");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, long, long> Stride =
        (delegate* unmanaged[SuppressGCTransition]<nint, long, long>)NativeExports.Get("THSTensor_stride");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, sbyte> ElementType =
        (delegate* unmanaged[SuppressGCTransition]<nint, sbyte>)NativeExports.Get("THSTensor_type");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, int> DeviceType =
        (delegate* unmanaged[SuppressGCTransition]<nint, int>)NativeExports.Get("THSTensor_device_type");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, int> DeviceIndex =
        (delegate* unmanaged[SuppressGCTransition]<nint, int>)NativeExports.Get("THSTensor_device_index");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, byte> IsContiguous =
        (delegate* unmanaged[SuppressGCTransition]<nint, byte>)NativeExports.Get("THSTensor_is_contiguous");

    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, void*> Data =
        (delegate* unmanaged[SuppressGCTransition]<nint, void*>)NativeExports.Get("THSTensor_data");

    // New tensors, copies and views. Sizes, strides, element type, device, its index, whether gradients are recorded.
    public static readonly delegate* unmanaged<long*, int, long*, int, sbyte, int, int, byte, nint> EmptyStrided =
        (delegate* unmanaged<long*, int, long*, int, sbyte, int, int, byte, nint>)NativeExports.Get("THSTensor_empty_strided");

    public static readonly delegate* unmanaged<nint, nint> Alias =
        (delegate* unmanaged<nint, nint>)NativeExports.Get("THSTensor_alias");

    public static readonly delegate* unmanaged<nint, nint> Contiguous =
        (delegate* unmanaged<nint, nint>)NativeExports.Get("THSTensor_contiguous");

    public static readonly delegate* unmanaged<nint, nint, byte, void> Copy =
        (delegate* unmanaged<nint, nint, byte, void>)NativeExports.Get("THSTensor_copy_");

    /// <summary>Takes an element type, whether to copy in any case, and whether not to wait.</summary>
    public static readonly delegate* unmanaged<nint, sbyte, byte, byte, nint> ToType =
        (delegate* unmanaged<nint, sbyte, byte, byte, nint>)NativeExports.Get("THSTensor_to_type");

    public static readonly delegate* unmanaged<nint, int, int, byte, byte, nint> ToDevice =
        (delegate* unmanaged<nint, int, int, byte, byte, nint>)NativeExports.Get("THSTensor_to_device");

    public static readonly delegate* unmanaged<nint, long, long, long, nint> Narrow =
        (delegate* unmanaged<nint, long, long, long, nint>)NativeExports.Get("THSTensor_narrow");

    public static readonly delegate* unmanaged<nint, long, nint, nint> IndexSelect =
        (delegate* unmanaged<nint, long, nint, nint>)NativeExports.Get("THSTensor_index_select");

    public static readonly delegate* unmanaged<nint, long, long, nint> Flatten =
        (delegate* unmanaged<nint, long, long, nint>)NativeExports.Get("THSTensor_flatten");

    // Layers
    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long, nint> Conv1d =
        (delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long, nint>)NativeExports.Get("THSTensor_conv1d");

    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long, nint> Conv2d =
        (delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long, nint>)NativeExports.Get("THSTensor_conv2d");

    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, int, long*, int, long, nint> Conv1dSame =
        (delegate* unmanaged<nint, nint, nint, long*, int, int, long*, int, long, nint>)NativeExports.Get("THSTensor_conv1d_padding");

    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, int, long*, int, long, nint> Conv2dSame =
        (delegate* unmanaged<nint, nint, nint, long*, int, int, long*, int, long, nint>)NativeExports.Get("THSTensor_conv2d_padding");

    public static readonly delegate* unmanaged<nint, long*, int, sbyte, double, nint> Pad =
        (delegate* unmanaged<nint, long*, int, sbyte, double, nint>)NativeExports.Get("THSNN_pad");

    public static readonly delegate* unmanaged<nint, nint, nint, nint> Linear =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSNN_functional_linear");

    public static readonly delegate* unmanaged<nint, nint, nint, nint, nint, byte, double, double, nint> BatchNorm =
        (delegate* unmanaged<nint, nint, nint, nint, nint, byte, double, double, nint>)NativeExports.Get("THSNN_batch_norm");

    public static readonly delegate* unmanaged<nint, long*, long, nint, nint, double, nint> LayerNorm =
        (delegate* unmanaged<nint, long*, long, nint, nint, double, nint>)NativeExports.Get("THSNN_layer_norm");

    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long*, int, long, nint> ConvTranspose1d =
        (delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long*, int, long, nint>)NativeExports.Get(
            "THSTensor_conv_transpose1d");

    public static readonly delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long*, int, long, nint> ConvTranspose2d =
        (delegate* unmanaged<nint, nint, nint, long*, int, long*, int, long*, int, long*, int, long, nint>)NativeExports.Get(
            "THSTensor_conv_transpose2d");

    /// <summary>Takes a mode, whether corners are aligned (0: not said, 1: yes, 2: no), and two truth values.</summary>
    public static readonly delegate* unmanaged<nint, long*, int, double*, int, byte, byte, byte, byte, nint> Interpolate =
        (delegate* unmanaged<nint, long*, int, double*, int, byte, byte, byte, byte, nint>)NativeExports.Get("THSNN_interpolate");

    public static readonly delegate* unmanaged<nint, long, nint, nint, double, nint> GroupNorm =
        (delegate* unmanaged<nint, long, nint, nint, double, nint>)NativeExports.Get("THSNN_group_norm");

    public static readonly delegate* unmanaged<nint, long*, int, long*, int, long*, int, long*, int, byte, nint> MaxPool1d =
        (delegate* unmanaged<nint, long*, int, long*, int, long*, int, long*, int, byte, nint>)NativeExports.Get("THSTensor_max_pool1d");

    public static readonly delegate* unmanaged<nint, long*, int, long*, int, long*, int, long*, int, byte, nint> MaxPool2d =
        (delegate* unmanaged<nint, long*, int, long*, int, long*, int, long*, int, byte, nint>)NativeExports.Get("THSTensor_max_pool2d");

    public static readonly delegate* unmanaged<nint, long*, int, long*, int, long*, int, byte, byte, nint> AvgPool1d =
        (delegate* unmanaged<nint, long*, int, long*, int, long*, int, byte, byte, nint>)NativeExports.Get("THSTensor_avg_pool1d");

    public static readonly delegate* unmanaged<nint, long*, int, long*, int, long*, int, byte, byte, long, nint> AvgPool2d =
        (delegate* unmanaged<nint, long*, int, long*, int, long*, int, byte, byte, long, nint>)NativeExports.Get("THSTensor_avg_pool2d");

    public static readonly delegate* unmanaged<nint, long*, int, nint> AdaptiveAvgPool1d =
        (delegate* unmanaged<nint, long*, int, nint>)NativeExports.Get("THSTensor_adaptive_avg_pool1d");

    public static readonly delegate* unmanaged<nint, long*, int, nint> AdaptiveAvgPool2d =
        (delegate* unmanaged<nint, long*, int, nint>)NativeExports.Get("THSTensor_adaptive_avg_pool2d");

    // Arithmetic. The last scalar of an addition is what the right operand is multiplied with; a null rounding mode is true division.
    public static readonly delegate* unmanaged<nint, nint, nint, nint> Add =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_add");

    public static readonly delegate* unmanaged<nint, nint, nint, void> AddInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_add_");

    public static readonly delegate* unmanaged<nint, nint, nint> Subtract = Binary("THSTensor_sub");
    public static readonly delegate* unmanaged<nint, nint, void> SubtractInPlace = BinaryInPlace("THSTensor_sub_");
    public static readonly delegate* unmanaged<nint, nint, nint> Multiply = Binary("THSTensor_mul");
    public static readonly delegate* unmanaged<nint, nint, void> MultiplyInPlace = BinaryInPlace("THSTensor_mul_");

    public static readonly delegate* unmanaged<nint, nint, byte*, nint> Divide =
        (delegate* unmanaged<nint, nint, byte*, nint>)NativeExports.Get("THSTensor_div");

    public static readonly delegate* unmanaged<nint, nint, byte*, void> DivideInPlace =
        (delegate* unmanaged<nint, nint, byte*, void>)NativeExports.Get("THSTensor_div_");

    public static readonly delegate* unmanaged<nint, nint, nint, nint> AddScalar =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_add_scalar");

    public static readonly delegate* unmanaged<nint, nint, nint, void> AddScalarInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_add_scalar_");

    public static readonly delegate* unmanaged<nint, nint, nint> SubtractScalar = Binary("THSTensor_sub_scalar");
    public static readonly delegate* unmanaged<nint, nint, void> SubtractScalarInPlace = BinaryInPlace("THSTensor_sub_scalar_");
    public static readonly delegate* unmanaged<nint, nint, nint> MultiplyScalar = Binary("THSTensor_mul_scalar");
    public static readonly delegate* unmanaged<nint, nint, void> MultiplyScalarInPlace = BinaryInPlace("THSTensor_mul_scalar_");

    public static readonly delegate* unmanaged<nint, nint, byte*, nint> DivideScalar =
        (delegate* unmanaged<nint, nint, byte*, nint>)NativeExports.Get("THSTensor_div_scalar");

    public static readonly delegate* unmanaged<nint, nint, byte*, void> DivideScalarInPlace =
        (delegate* unmanaged<nint, nint, byte*, void>)NativeExports.Get("THSTensor_div_scalar_");

    public static readonly delegate* unmanaged<nint, nint, nint> Matmul = Binary("THSTensor_matmul");

    // Combinations and reductions. The result's element type comes last; the mean has a flag before it that says whether one is given.
    public static readonly delegate* unmanaged<nint*, int, long, nint> Concatenate =
        (delegate* unmanaged<nint*, int, long, nint>)NativeExports.Get("THSTensor_cat");

    public static readonly delegate* unmanaged<nint, long, sbyte, nint> Softmax =
        (delegate* unmanaged<nint, long, sbyte, nint>)NativeExports.Get("THSSpecial_softmax");

    public static readonly delegate* unmanaged<nint, long, sbyte, nint> LogSoftmax =
        (delegate* unmanaged<nint, long, sbyte, nint>)NativeExports.Get("THSSpecial_log_softmax");

    public static readonly delegate* unmanaged<nint, long*, int, byte, byte, sbyte, nint> Mean =
        (delegate* unmanaged<nint, long*, int, byte, byte, sbyte, nint>)NativeExports.Get("THSTensor_mean_along_dimensions");

    public static readonly delegate* unmanaged<nint, long*, int, byte, byte, sbyte, nint> Sum =
        (delegate* unmanaged<nint, long*, int, byte, byte, sbyte, nint>)NativeExports.Get("THSTensor_sum_along_dimensions");

    /// <summary>Takes dimensions, and whether they stay with size 1.</summary>
    public static readonly delegate* unmanaged<nint, long*, int, byte, nint> Largest =
        (delegate* unmanaged<nint, long*, int, byte, nint>)NativeExports.Get("THSTensor_amax");

    /// <summary>Takes a dimension, and whether it stays with size 1.</summary>
    public static readonly delegate* unmanaged<nint, long, byte, nint> ArgMax =
        (delegate* unmanaged<nint, long, byte, nint>)NativeExports.Get("THSTensor_argmax_along_dimension");

    public static readonly delegate* unmanaged<nint, nint> Surprise = Unary("THSSpecial_entr");

    public static readonly delegate* unmanaged<nint, nint, nint, nint, double, byte, nint> Attention =
        (delegate* unmanaged<nint, nint, nint, nint, double, byte, nint>)NativeExports.Get("THSNN_scaled_dot_product_attention");

    // Views
    public static readonly delegate* unmanaged<nint, long*, int, nint> Reshape =
        (delegate* unmanaged<nint, long*, int, nint>)NativeExports.Get("THSTensor_reshape");

    public static readonly delegate* unmanaged<nint, long*, int, nint> Permute =
        (delegate* unmanaged<nint, long*, int, nint>)NativeExports.Get("THSTensor_permute");

    public static readonly delegate* unmanaged<nint, long, long, nint> Transpose =
        (delegate* unmanaged<nint, long, long, nint>)NativeExports.Get("THSTensor_transpose");

    public static readonly delegate* unmanaged<nint, long, long, nint> Select =
        (delegate* unmanaged<nint, long, long, nint>)NativeExports.Get("THSTensor_select");

    public static readonly delegate* unmanaged<nint, long, nint> Unsqueeze =
        (delegate* unmanaged<nint, long, nint>)NativeExports.Get("THSTensor_unsqueeze");

    public static readonly delegate* unmanaged<nint, long, nint> Squeeze =
        (delegate* unmanaged<nint, long, nint>)NativeExports.Get("THSTensor_squeeze");

    // Sizes, whether this is only a step of another operation.
    public static readonly delegate* unmanaged<nint, long*, int, byte, nint> Expand =
        (delegate* unmanaged<nint, long*, int, byte, nint>)NativeExports.Get("THSTensor_expand");

    // Activations
    public static readonly delegate* unmanaged<nint, nint> ReLU = Unary("THSTensor_relu");
    public static readonly delegate* unmanaged<nint, nint> ReLU6 = Unary("THSTensor_relu6");
    public static readonly delegate* unmanaged<nint, nint> SiLU = Unary("THSTensor_silu");
    public static readonly delegate* unmanaged<nint, nint> Hardswish = Unary("THSTensor_hardswish");
    public static readonly delegate* unmanaged<nint, nint> Hardsigmoid = Unary("THSTensor_hardsigmoid");
    public static readonly delegate* unmanaged<nint, nint> Sigmoid = Unary("THSTensor_sigmoid");
    public static readonly delegate* unmanaged<nint, nint> Tanh = Unary("THSTensor_tanh");

    public static readonly delegate* unmanaged<nint, void> ReLUInPlace = UnaryInPlace("THSTensor_relu_");
    public static readonly delegate* unmanaged<nint, void> ReLU6InPlace = UnaryInPlace("THSTensor_relu6_");
    public static readonly delegate* unmanaged<nint, void> SiLUInPlace = UnaryInPlace("THSTensor_silu_");
    public static readonly delegate* unmanaged<nint, void> HardswishInPlace = UnaryInPlace("THSTensor_hardswish_");
    public static readonly delegate* unmanaged<nint, void> HardsigmoidInPlace = UnaryInPlace("THSTensor_hardsigmoid_");
    public static readonly delegate* unmanaged<nint, void> SigmoidInPlace = UnaryInPlace("THSTensor_sigmoid_");
    public static readonly delegate* unmanaged<nint, void> TanhInPlace = UnaryInPlace("THSTensor_tanh_");

    public static readonly delegate* unmanaged<nint, nint, nint> LeakyReLU =
        (delegate* unmanaged<nint, nint, nint>)NativeExports.Get("THSTensor_leaky_relu");

    public static readonly delegate* unmanaged<nint, nint, void> LeakyReLUInPlace =
        (delegate* unmanaged<nint, nint, void>)NativeExports.Get("THSTensor_leaky_relu_");

    public static readonly delegate* unmanaged<nint, nint> SELU = Unary("THSTensor_selu");
    public static readonly delegate* unmanaged<nint, nint> LogSigmoid = Unary("THSTensor_log_sigmoid");
    public static readonly delegate* unmanaged<nint, void> SELUInPlace = UnaryInPlace("THSTensor_selu_");

    /// <summary>Elements, α, what all is multiplied with, and what the exponent is.</summary>
    public static readonly delegate* unmanaged<nint, nint, nint, nint, nint> ELU =
        (delegate* unmanaged<nint, nint, nint, nint, nint>)NativeExports.Get("THSTensor_elu");

    public static readonly delegate* unmanaged<nint, nint, nint, nint, void> ELUInPlace =
        (delegate* unmanaged<nint, nint, nint, nint, void>)NativeExports.Get("THSTensor_elu_");

    public static readonly delegate* unmanaged<nint, nint, nint> CELU = Binary("THSTensor_celu");
    public static readonly delegate* unmanaged<nint, nint, void> CELUInPlace = BinaryInPlace("THSTensor_celu_");
    public static readonly delegate* unmanaged<nint, nint, nint> Hardshrink = Binary("THSTensor_hardshrink");
    public static readonly delegate* unmanaged<nint, nint, nint> Softshrink = Binary("THSTensor_softshrink");
    public static readonly delegate* unmanaged<nint, nint, nint> PReLU = Binary("THSTensor_prelu");

    public static readonly delegate* unmanaged<nint, nint, nint, nint> Softplus =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_softplus");

    public static readonly delegate* unmanaged<nint, nint, nint, nint> Hardtanh =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_hardtanh");

    public static readonly delegate* unmanaged<nint, nint, nint, void> HardtanhInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_hardtanh_");

    public static readonly delegate* unmanaged<nint, nint, nint, nint> Threshold =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_threshold");

    public static readonly delegate* unmanaged<nint, nint, nint, void> ThresholdInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_threshold_");

    public static readonly delegate* unmanaged<nint, byte*, nint> Gelu =
        (delegate* unmanaged<nint, byte*, nint>)NativeExports.Get("THSTensor_gelu_with_approximate");

    /// <summary>Overwrites its input and also returns a new pointer to it.</summary>
    public static readonly delegate* unmanaged<nint, byte*, nint> GeluInPlace =
        (delegate* unmanaged<nint, byte*, nint>)NativeExports.Get("THSTensor_gelu_with_approximate_");

    private static delegate* unmanaged<nint, nint> Unary(string name) => (delegate* unmanaged<nint, nint>)NativeExports.Get(name);

    private static delegate* unmanaged<nint, nint, nint> Binary(string name) =>
        (delegate* unmanaged<nint, nint, nint>)NativeExports.Get(name);

    private static delegate* unmanaged<nint, nint, void> BinaryInPlace(string name) =>
        (delegate* unmanaged<nint, nint, void>)NativeExports.Get(name);

    private static delegate* unmanaged<nint, void> UnaryInPlace(string name) => (delegate* unmanaged<nint, void>)NativeExports.Get(name);
}
