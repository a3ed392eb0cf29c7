namespace EarlyExitGen.Cpu.Convolution;

/// <summary>What lies around a map that is padded with its own pixels.</summary>
public enum PaddingKind
{
    /// <summary>The map mirrored at its first and last pixels, which are not repeated.</summary>
    Reflect,

    /// <summary>The nearest pixel.</summary>
    Replicate,

    /// <summary>The map again.</summary>
    Circular,
}
