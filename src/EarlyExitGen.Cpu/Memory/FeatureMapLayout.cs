namespace EarlyExitGen.Cpu.Memory;

/// <summary>
/// The room that feature maps take. Blocked: <c>[⌈C / 16⌉][border + H + border][border + W + border][16]</c>; planar:
/// <c>[C][border + H + border][border + W + border]</c>. A pure function of the shape, for generated code and its generator alike.
/// </summary>
public static class FeatureMapLayout
{
    /// <summary>Channels side by side in a block.</summary>
    public const int ChannelsPerBlock = 16;

    /// <summary>The floats of a blocked feature map.</summary>
    public static int BlockedLength(int channels, int height, int width, int border = 0) =>
        checked((channels + ChannelsPerBlock - 1) / ChannelsPerBlock * ChannelsPerBlock * (height + (2 * border)) * (width + (2 * border)));

    /// <summary>The floats of a planar feature map.</summary>
    public static int PlanarLength(int channels, int height, int width, int border = 0) =>
        checked(channels * (height + (2 * border)) * (width + (2 * border)));
}
