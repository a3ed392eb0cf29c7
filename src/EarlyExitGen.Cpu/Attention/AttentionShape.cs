namespace EarlyExitGen.Cpu.Attention;

/// <summary>The shape of self-attention over a short sequence.</summary>
/// <param name="Tokens">Tokens of the sequence.</param>
/// <param name="Heads">Heads, side by side in a row.</param>
/// <param name="HeadFeatures">Features of a head.</param>
/// <param name="InputPitch">Floats from one token's queries, keys or values to the next token's.</param>
/// <param name="OutputPitch">Floats from one token's output to the next token's.</param>
/// <param name="IsCausal">Whether a token sees only itself and those before it.</param>
public readonly record struct AttentionShape(
    int Tokens, int Heads, int HeadFeatures, int InputPitch, int OutputPitch, bool IsCausal = false)
{
    /// <summary>The floats of scratch that a call needs.</summary>
    public int ScratchLength => (Tokens + 15) / 16 * 16;

    /// <summary>The floats of the queries, keys or values that a call reads.</summary>
    internal int InputLength => ((Tokens - 1) * InputPitch) + (Heads * HeadFeatures);

    /// <summary>The floats of the output that a call writes.</summary>
    internal int OutputLength => ((Tokens - 1) * OutputPitch) + (Heads * HeadFeatures);
}
