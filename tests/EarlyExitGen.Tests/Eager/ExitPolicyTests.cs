namespace EarlyExitGen.Tests.Eager;

public sealed class ExitPolicyTests
{
    private static readonly NetworkPlan Plan = SplitLogits.ThePlan;

    [Fact]
    public void Default_is_what_the_attributes_say()
    {
        ExitPolicy policy = ExitPolicy.Default(Plan);

        Assert.Equal([0.8f, 0.4f, float.NaN], Enumerable.Range(0, 3).Select(exit => policy[exit]));
        Assert.Same(Plan, policy.Network);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Wrong_number_of_thresholds_is_refused_with_both_numbers(int count)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => ExitPolicy.Create(Plan, new float[count]));

        Assert.Contains($"SplitLogits has 2 early exits and needs as many thresholds, but {count} were", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nan_threshold_is_refused_with_the_exit_s_name()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => ExitPolicy.Create(Plan, 0.5f, float.NaN));

        Assert.Contains("SplitLogits: the threshold of exit 'middle' is NaN", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ExitPolicy.Default(Plan).With(0, float.NaN));
    }

    [Fact]
    public void Changing_a_threshold_makes_another_policy()
    {
        ExitPolicy before = ExitPolicy.Default(Plan);

        ExitPolicy after = before.With(1, float.NegativeInfinity);

        Assert.Equal(0.4f, before[1]);
        Assert.Equal(float.NegativeInfinity, after[1]);
        Assert.Equal(before[0], after[0]);
        Assert.NotEqual(before.Id, after.Id);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Only_early_exits_have_a_threshold_to_change(int exit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ExitPolicy.Default(Plan).With(exit, 0.5f));
}
