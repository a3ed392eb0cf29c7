using EarlyExitGen.Tests;

namespace EarlyExitGen.Generator.Tests;

/// <summary>The CPU pipelines with 256-bit and 128-bit vectors.</summary>
public sealed class NarrowVectorTests
{
    public static TheoryData<string> Switches => NarrowVectors.Switches;

    [Theory]
    [MemberData(nameof(Switches))]
    public void Pipelines_are_right_with_narrower_vectors(string turnedOff) => NarrowVectors.RunAgain(turnedOff);
}
