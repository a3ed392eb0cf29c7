namespace EarlyExitGen.Cpu.Convolution;

/// <summary>How a convolution is computed.</summary>
public enum ConvolutionAlgorithm
{
    /// <summary>Every tap of every pixel: right for any shape.</summary>
    Direct,

    /// <summary>One filter per channel: as many groups as input and output channels.</summary>
    Depthwise,

    /// <summary>Winograd's F(2×2, 3×3): 16 multiplications for 4 outputs of 9 taps. Lavin and Gray, 2015.</summary>
    Winograd2x2,

    /// <summary>Winograd's F(4×4, 3×3): 36 multiplications for 16 outputs of 9 taps. Lavin and Gray, 2015.</summary>
    Winograd4x4,
}
