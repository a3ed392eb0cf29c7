namespace EarlyExitGen.Tests.Rules;

/// <summary>Policies with further conditions and a depth, as objects and as JSON.</summary>
public sealed class RulePolicyTests
{
    private static NetworkPlan Plan => PatientNet.Network;

    [Fact]
    public void Conditions_and_depth_survive_a_round_trip()
    {
        ExitPolicy policy = ExitPolicy.Default(Plan).WithCondition(2, 1, 3).WithCondition(3, 1, 0.125f).WithDepth(1, 3).WithDisabled(2);

        ExitPolicy read = ExitPolicy.Parse(Plan, policy.ToJson());

        Assert.Equal(policy.Id, read.Id);
        Assert.Equal((3, 0.125f, 1, 3), (read[2, 1], read[3, 1], read.FirstExit, read.LastExit));
        Assert.Equal(policy.ToJson(), read.ToJson());
        Assert.Equal([false, true, false, true, true], Enumerable.Range(0, 5).Select(read.IsEnabled));
    }

    [Fact]
    public void Every_rule_changes_the_id()
    {
        ExitPolicy policy = ExitPolicy.Default(Plan);
        string[] ids =
        [
            policy.Id,
            policy.WithCondition(2, 1, 3).Id,
            policy.WithDepth(1, 4).Id,
            policy.WithDepth(0, 3).Id,
            policy.With(1, 3).Id,
            policy.WithDisabled(1).Id,
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("\"conditions\"", "\"condition\"", "unknown property 'condition'")]
    [InlineData("\"lastExit\": 3", "\"lastExit\": 5", "lastExit")]
    [InlineData("\"firstExit\": 1", "\"firstExit\": -1", "firstExit")]
    [InlineData("\"criterion\": \"normalized entropy\"", "\"criterion\": \"entropy\"", "uses 'normalized entropy'")]
    [InlineData("\"threshold\": 0.5\n", "\"threshold\": 1.5\n", "threshold")]
    public void A_damaged_rule_is_refused_with_its_place(string text, string damaged, string expected)
    {
        string json = ExitPolicy.Default(Plan).WithDepth(1, 3).ToJson();
        Assert.Contains(text, json, StringComparison.Ordinal);

        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => ExitPolicy.Parse(Plan, json.Replace(text, damaged, StringComparison.Ordinal)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depths_and_conditions_that_do_not_exist_are_refused()
    {
        ExitPolicy policy = ExitPolicy.Default(Plan);

        Assert.Throws<ArgumentOutOfRangeException>(() => policy.WithDepth(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => policy.WithDepth(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => policy.WithDepth(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => policy.WithCondition(0, 1, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => policy.WithCondition(2, 0, 0.5f));
        Assert.Throws<ArgumentException>(() => policy.WithCondition(2, 1, float.NaN));
    }
}
