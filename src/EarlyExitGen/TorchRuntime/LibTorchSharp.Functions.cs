namespace EarlyExitGen.TorchRuntime;

/// <content>Functions of each element by itself that are no activations.</content>
internal static unsafe partial class LibTorchSharp
{
    public static readonly delegate* unmanaged<nint, nint> Abs = Unary("THSTensor_abs");
    public static readonly delegate* unmanaged<nint, nint> Exp = Unary("THSTensor_exp");
    public static readonly delegate* unmanaged<nint, nint> Log = Unary("THSTensor_log");
    public static readonly delegate* unmanaged<nint, nint> Sqrt = Unary("THSTensor_sqrt");
    public static readonly delegate* unmanaged<nint, nint> Rsqrt = Unary("THSTensor_rsqrt");
    public static readonly delegate* unmanaged<nint, nint> Reciprocal = Unary("THSTensor_reciprocal");

    public static readonly delegate* unmanaged<nint, void> AbsInPlace = UnaryInPlace("THSTensor_abs_");
    public static readonly delegate* unmanaged<nint, void> ExpInPlace = UnaryInPlace("THSTensor_exp_");
    public static readonly delegate* unmanaged<nint, void> LogInPlace = UnaryInPlace("THSTensor_log_");
    public static readonly delegate* unmanaged<nint, void> SqrtInPlace = UnaryInPlace("THSTensor_sqrt_");
    public static readonly delegate* unmanaged<nint, void> RsqrtInPlace = UnaryInPlace("THSTensor_rsqrt_");
    public static readonly delegate* unmanaged<nint, void> ReciprocalInPlace = UnaryInPlace("THSTensor_reciprocal_");

    /// <summary>Takes an exponent.</summary>
    public static readonly delegate* unmanaged<nint, nint, nint> Power = Binary("THSTensor_pow_scalar");
    public static readonly delegate* unmanaged<nint, nint, void> PowerInPlace = BinaryInPlace("THSTensor_pow_scalar_");

    /// <summary>Takes the least and the most.</summary>
    public static readonly delegate* unmanaged<nint, nint, nint, nint> Clamp =
        (delegate* unmanaged<nint, nint, nint, nint>)NativeExports.Get("THSTensor_clamp");

    public static readonly delegate* unmanaged<nint, nint, nint, void> ClampInPlace =
        (delegate* unmanaged<nint, nint, nint, void>)NativeExports.Get("THSTensor_clamp_");
}
