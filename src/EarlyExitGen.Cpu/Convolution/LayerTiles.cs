using System.Runtime.CompilerServices;

namespace EarlyExitGen.Cpu.Convolution;

/// <summary>A convolution of a shape that the compiler knows, tile by tile.</summary>
internal unsafe interface ILayerKernel<TVector>
    where TVector : struct
{
    /// <summary>Computes the layer with tiles of one kind.</summary>
    static abstract void Run<TTile, TRows>(float* input, float* packed, float* output, float* residual)
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows;
}

/// <summary>Such a convolution of one sample.</summary>
internal readonly unsafe struct LayerTiles<TKernel, TVector>(float* input, float* packed, float* output, float* residual) : ITileKernel<TVector>
    where TKernel : struct, ILayerKernel<TVector>
    where TVector : struct
{
    private readonly float* input = input;
    private readonly float* packed = packed;
    private readonly float* output = output;
    private readonly float* residual = residual;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TTile, TRows>()
        where TTile : struct, ITile<TVector>
        where TRows : struct, ITileRows => TKernel.Run<TTile, TRows>(input, packed, output, residual);
}
