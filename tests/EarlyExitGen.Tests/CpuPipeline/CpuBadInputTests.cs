using EarlyExitGen.Tests.Networks;

namespace EarlyExitGen.Tests.CpuPipeline;

/// <summary>What is wrong is said in one sentence that names the network, what was expected and what came; nothing is written.</summary>
public sealed class CpuBadInputTests : IDisposable
{
    private const float Untouched = -77;
    private const int Pixels = 12 * 12;

    private readonly ThreeExits network = new();
    private readonly ThreeExits.CpuPipeline pipeline;
    private readonly float[] logits = [.. Enumerable.Repeat(Untouched, 10)];

    public CpuBadInputTests() => pipeline = network.FreezeForCpu();

    public void Dispose()
    {
        pipeline.Dispose();
        network.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(143)]
    [InlineData(145)]
    [InlineData(288)]
    public void A_wrong_number_of_pixels(int count)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipeline.Forward(new float[count], logits));

        Assert.Equal(
            $"ThreeExits, stage 'stem': the input must be 144 floats, [1, 12, 12], but has {count}. (Parameter 'input')",
            exception.Message);
        AssertUntouched();
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    public void A_wrong_number_of_logits(int count)
    {
        ArgumentException exception =
            Assert.Throws<ArgumentException>(() => pipeline.Forward(new float[Pixels], new float[count]));

        Assert.Equal(
            $"ThreeExits: the span for the logits must be 10 floats, one per class, but has {count}. (Parameter 'logits')",
            exception.Message);
    }

    [Theory]
    [InlineData(0, 10, 1, "the batch must be rows of 144 floats, [1, 12, 12], at least one, but has 0 floats.")]
    [InlineData(145, 10, 1, "the batch must be rows of 144 floats, [1, 12, 12], at least one, but has 145 floats.")]
    [InlineData(288, 10, 2, "the batch has 2 rows and needs 10 logits for each, 20 in all, but there is room for 10.")]
    [InlineData(288, 20, 1, "the batch has 2 rows and needs as many decisions, but there is room for 1.")]
    public void A_batch_that_does_not_fit(int pixels, int logitCount, int decisions, string expected)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => pipeline.Forward(new float[pixels], new float[logitCount], new ExitDecision[decisions]));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NaN_never_leaves_early_and_is_no_answer_at_the_last_exit()
    {
        // Both early exits would answer any number.
        pipeline.Policy = ExitPolicy.Create(pipeline.Plan, float.PositiveInfinity, float.NegativeInfinity);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => pipeline.Forward([.. Enumerable.Repeat(float.NaN, Pixels)], logits));

        Assert.StartsWith("ThreeExits: the last exit 'final' gave NaN for row 0", exception.Message, StringComparison.Ordinal);
        AssertUntouched();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void NaN_in_one_row_of_a_batch_names_the_row_and_writes_nothing(int cores)
    {
        float[] batch = new float[8 * Pixels];
        batch[(5 * Pixels) + 7] = float.NaN;
        float[] answers = [.. Enumerable.Repeat(Untouched, 80)];
        ExitDecision[] decisions = new ExitDecision[8];
        pipeline.Cores = cores;

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pipeline.Forward(batch, answers, decisions));

        Assert.Contains("gave NaN for row 5", exception.Message, StringComparison.Ordinal);
        Assert.All(answers, answer => Assert.Equal(Untouched, answer));
        Assert.All(decisions, decision => Assert.Equal(default, decision));
        batch[(5 * Pixels) + 7] = 0;
        pipeline.Forward(batch, answers, decisions);
    }

    [Fact]
    public void A_policy_for_another_network()
    {
        Assert.Throws<ArgumentException>(() => pipeline.Policy = ExitPolicy.Default(Tiny.Network));
        Assert.Throws<ArgumentNullException>(() => pipeline.Policy = null!);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.Cores = 0);
    }

    private void AssertUntouched() => Assert.All(logits, logit => Assert.Equal(Untouched, logit));
}
