using EarlyExitGen.Tests;

namespace EarlyExitGen.Cpu.Tests;

/// <summary>The kernels with 256-bit and 128-bit vectors.</summary>
public sealed class NarrowVectorTests
{
    public static TheoryData<string> Switches => NarrowVectors.Switches;

    [Theory]
    [MemberData(nameof(Switches))]
    public void Kernels_are_right_with_narrower_vectors(string turnedOff) => NarrowVectors.RunAgain(turnedOff);
}
