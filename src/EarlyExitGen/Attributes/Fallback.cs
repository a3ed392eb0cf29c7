namespace EarlyExitGen;

/// <summary>Which exit answers when no condition let the input go.</summary>
public enum Fallback
{
    /// <summary>The last exit.</summary>
    LastExit,

    /// <summary>
    /// The exit with the largest confidence at its temperature, the deepest of them on a tie. Kaya, Hong and Dumitras, "Shallow-Deep
    /// Networks: Understanding and Mitigating Network Overthinking", 2019.
    /// </summary>
    MostConfident,
}
