namespace EarlyExitGen.Cpu.Pooling;

/// <summary>What a pooling layer keeps of a window.</summary>
public enum PoolingKind
{
    /// <summary>The largest value; NaN where there is one. Padding is never the largest.</summary>
    Max,

    /// <summary>The sum over the window's size, padding included where the window reaches into it.</summary>
    AverageWithPadding,

    /// <summary>The sum over the number of values that are not padding.</summary>
    AverageWithoutPadding,

    /// <summary>The mean over windows that divide the map evenly, as AdaptiveAvgPool2d cuts it.</summary>
    AdaptiveAverage,

    /// <summary>The largest value over windows that divide the map evenly, as AdaptiveMaxPool2d cuts it.</summary>
    AdaptiveMax,
}
