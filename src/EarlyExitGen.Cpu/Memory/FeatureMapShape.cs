namespace EarlyExitGen.Cpu.Memory;

/// <summary>The shape of a blocked feature map, <c>[⌈C / 16⌉][border + H + border][border + W + border][16]</c>.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, without border.</param>
/// <param name="Width">W, without border.</param>
/// <param name="Border">The room around it.</param>
public readonly record struct FeatureMapShape(int Channels, int Height, int Width, int Border = 0)
{
    /// <summary>Blocks of 16 channels.</summary>
    public int Blocks => (Channels + FeatureMapLayout.ChannelsPerBlock - 1) / FeatureMapLayout.ChannelsPerBlock;

    /// <summary>The floats of the whole map.</summary>
    public int Length => FeatureMapLayout.BlockedLength(Channels, Height, Width, Border);

    /// <summary>Floats from one row to the next.</summary>
    internal int Pitch => (Width + (2 * Border)) * FeatureMapLayout.ChannelsPerBlock;

    /// <summary>Floats from one block to the next.</summary>
    internal int Plane => (Height + (2 * Border)) * Pitch;

    /// <summary>The offset of the first pixel.</summary>
    internal int Origin => (Border * Pitch) + (Border * FeatureMapLayout.ChannelsPerBlock);
}
