namespace EarlyExitGen.Lab.Weights;

/// <summary>How a weights file stores floating-point entries. Integer entries, such as batch counters, are stored as they are.</summary>
public enum WeightsPrecision
{
    /// <summary>In the type that the module holds them in.</summary>
    Stored,

    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>16-bit IEEE floats: 11 significant bits, at most 65,504.</summary>
    F16,

    /// <summary>The upper half of 32-bit floats: 8 significant bits, the range of float32.</summary>
    BF16,
}
