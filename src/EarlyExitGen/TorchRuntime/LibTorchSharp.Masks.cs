namespace EarlyExitGen.TorchRuntime;

/// <content>Comparisons, which give masks, and what is done with masks.</content>
internal static unsafe partial class LibTorchSharp
{
    public static readonly delegate* unmanaged<nint, nint, nint> Equal = Binary("THSTensor_eq");
    public static readonly delegate* unmanaged<nint, nint, nint> NotEqual = Binary("THSTensor_ne");
    public static readonly delegate* unmanaged<nint, nint, nint> Less = Binary("THSTensor_lt");
    public static readonly delegate* unmanaged<nint, nint, nint> LessOrEqual = Binary("THSTensor_le");
    public static readonly delegate* unmanaged<nint, nint, nint> Greater = Binary("THSTensor_gt");
    public static readonly delegate* unmanaged<nint, nint, nint> GreaterOrEqual = Binary("THSTensor_ge");

    public static readonly delegate* unmanaged<nint, nint, nint> EqualScalar = Binary("THSTensor_eq_scalar");
    public static readonly delegate* unmanaged<nint, nint, nint> NotEqualScalar = Binary("THSTensor_ne_scalar");
    public static readonly delegate* unmanaged<nint, nint, nint> LessScalar = Binary("THSTensor_lt_scalar");
    public static readonly delegate* unmanaged<nint, nint, nint> LessOrEqualScalar = Binary("THSTensor_le_scalar");
    public static readonly delegate* unmanaged<nint, nint, nint> GreaterScalar = Binary("THSTensor_gt_scalar");
    public static readonly delegate* unmanaged<nint, nint, nint> GreaterOrEqualScalar = Binary("THSTensor_ge_scalar");

    public static readonly delegate* unmanaged<nint, nint, nint> And = Binary("THSTensor_logical_and");
    public static readonly delegate* unmanaged<nint, nint, nint> Or = Binary("THSTensor_logical_or");
    public static readonly delegate* unmanaged<nint, nint, nint> Xor = Binary("THSTensor_logical_xor");

    /// <summary>Takes a tensor, a mask and a scalar.</summary>
    public static readonly delegate* unmanaged<nint, nint, nint, nint> MaskedFill =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_masked_fill");

    public static readonly delegate* unmanaged<nint, nint, nint, void> MaskedFillInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_masked_fill_");

    /// <summary>Takes a mask, what is where it is true, and what is elsewhere.</summary>
    public static readonly delegate* unmanaged<nint, nint, nint, nint> Where =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_where");
}
