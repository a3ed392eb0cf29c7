namespace EarlyExitGen;

/// <summary>How several conditions of one exit decide together.</summary>
public enum Combination
{
    /// <summary>The input leaves when every condition holds.</summary>
    All,

    /// <summary>The input leaves when one condition holds or more.</summary>
    Any,
}
