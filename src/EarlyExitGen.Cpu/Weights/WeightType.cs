namespace EarlyExitGen.Cpu.Weights;

/// <summary>The element type of one entry of a weights file.</summary>
public enum WeightType
{
    /// <summary>64-bit IEEE float, <c>F64</c>.</summary>
    F64,

    /// <summary>64-bit signed integer, <c>I64</c>.</summary>
    I64,

    /// <summary>32-bit IEEE float, <c>F32</c>.</summary>
    F32,

    /// <summary>32-bit signed integer, <c>I32</c>.</summary>
    I32,

    /// <summary>16-bit IEEE float, <c>F16</c>.</summary>
    F16,

    /// <summary>The upper half of a 32-bit IEEE float, <c>BF16</c>.</summary>
    BF16,

    /// <summary>8-bit signed integer, <c>I8</c>.</summary>
    I8,

    /// <summary>8-bit unsigned integer, <c>U8</c>.</summary>
    U8,

    /// <summary>One byte, 0 or 1, <c>BOOL</c>.</summary>
    Bool,
}

/// <summary>The name in the file and the size of each <see cref="WeightType"/>.</summary>
internal static class WeightTypes
{
    private static readonly WeightType[] All = Enum.GetValues<WeightType>();

    public static int SizeInBytes(this WeightType type) => type switch
    {
        WeightType.F64 or WeightType.I64 => 8,
        WeightType.F32 or WeightType.I32 => 4,
        WeightType.F16 or WeightType.BF16 => 2,
        _ => 1,
    };

    public static string NameInFile(this WeightType type) => type switch
    {
        WeightType.F64 => "F64",
        WeightType.I64 => "I64",
        WeightType.F32 => "F32",
        WeightType.I32 => "I32",
        WeightType.F16 => "F16",
        WeightType.BF16 => "BF16",
        WeightType.I8 => "I8",
        WeightType.U8 => "U8",
        WeightType.Bool => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of weights."),
    };

    public static bool TryParse(string name, out WeightType type)
    {
        foreach (WeightType candidate in All)
        {
            if (candidate.NameInFile() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
