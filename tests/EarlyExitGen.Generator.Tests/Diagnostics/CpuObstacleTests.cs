using System.Globalization;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>What only libtorch computes compiles for the Torch pipeline, and the author is told that it leaves the network without a CPU one.</summary>
public sealed class CpuObstacleTests
{
    [Theory]
    [InlineData("x.masked_fill(x > 0.5, 0)", "> 0.5: no CPU kernel computes it")]
    [InlineData("where(x.lt(scale), x, scale)", "Compare(<): no CPU kernel computes it")]
    [InlineData("x.masked_fill(hidden, 0)", "Buffer(6) at 'hidden': its elements are Bool, and the CPU kernels take Float32")]
    [InlineData("x * steps.to(ScalarType.Float32)", "Buffer(6) at 'steps': its elements are Int64, and the CPU kernels take Float32")]
    [InlineData("x * unread", "Buffer(6) at 'unread': the source does not tell what its elements are")]
    [InlineData("functional.scaled_dot_product_attention(x, x, x, added)", "Attention: no CPU kernel computes attention with a mask")]
    [InlineData("x * named[\"scale\"] / (2 / x.reciprocal())", null)]
    public async Task What_has_no_kernel_is_named(string expression, string? obstacle)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [4, 6])]
            public sealed partial class Net : EarlyExitModule
            {
                private readonly Parameter scale = Parameter(ones(6));
                private readonly ParameterDict named = ParameterDict(("scale", Parameter(ones(6))));
                private readonly Tensor hidden = ones(6, dtype: ScalarType.Bool);
                private readonly Tensor steps = arange(6);
                private readonly Tensor unread = full(6, 2);
                private readonly Tensor added = full(4, 4, 0.5);

                [Stage] private Tensor Body(Tensor x) => {{expression}};
                [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(24, 4));
            }
            """;
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(source);
        Assert.DoesNotContain(found, diagnostic => diagnostic.Id == "EEG0050");
        string[] messages =
            [.. found.Where(diagnostic => diagnostic.Id == "EEG0051").Select(diagnostic => diagnostic.GetMessage(CultureInfo.InvariantCulture))];
        Assert.Equal(obstacle is null ? [] : [$"'Net' has no CPU pipeline: {obstacle}"], messages);
    }
}
