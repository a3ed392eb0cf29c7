using System.Globalization;
using System.Text;
using CsCheck;
using EarlyExitGen.Criteria;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class ExitPolicyJsonTests
{
    private static readonly NetworkPlan Plan = Synthetic.Plan(4);

    private static readonly CalibrationRecord Record = new(
        new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero),
        "ab12",
        5000,
        "accuracy drop of at most 0.01",
        "harm of at most 0.01 with 95 % confidence",
        [0.5, 0.25, 0.125, 0.125],
        0.91,
        0.92,
        1234.5,
        "MACs");

    private static ExitPolicy Calibrated => ExitPolicy.Create(Plan, 0.9f, 0.3f, 0.6f)
        .WithTemperature(0, 1.7f)
        .WithTemperature(3, 0.8f)
        .WithDisabled(1)
        .WithCalibration(Record);

    [Fact]
    public void A_policy_comes_back_as_it_was_written()
    {
        Gen.Select(Gen.Float[0, 1].Array[3], Gen.Float[0.01f, 50].Array[4], Gen.Int[-1, 2]).Sample((thresholds, temperatures, disabled) =>
        {
            ExitPolicy policy = ExitPolicy.Create(Plan, thresholds);
            for (int exit = 0; exit < 4; exit++) policy = policy.WithTemperature(exit, temperatures[exit]);
            if (disabled >= 0) policy = policy.WithDisabled(disabled);
            ExitPolicy read = ExitPolicy.Parse(Plan, policy.ToJson());
            for (int exit = 0; exit < 4; exit++)
            {
                Assert.Equal(policy[exit], read[exit]);
                Assert.Equal(policy.Temperature(exit), read.Temperature(exit));
                Assert.Equal(policy.IsEnabled(exit), read.IsEnabled(exit));
            }

            Assert.Equal(policy.Id, read.Id);
        });
    }

    [Fact]
    public void The_note_of_the_calibration_comes_back()
    {
        CalibrationRecord read = ExitPolicy.Parse(Plan, Calibrated.ToJson()).Calibration!;
        Assert.Equal(Record with { ExitShares = read.ExitShares }, read);
        Assert.Equal(Record.ExitShares, read.ExitShares);
    }

    [Fact]
    public void Infinite_thresholds_come_back()
    {
        ExitPolicy policy = ExitPolicy.Create(Plan, float.PositiveInfinity, float.NegativeInfinity, 0);
        ExitPolicy read = ExitPolicy.Parse(Plan, policy.ToJson());
        Assert.Equal(float.PositiveInfinity, read[0]);
        Assert.Equal(float.NegativeInfinity, read[1]);
    }

    [Fact]
    public void The_document_is_the_same_under_any_culture()
    {
        string expected = Calibrated.ToJson();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "−" } };
            Assert.Equal(expected, Calibrated.ToJson());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_id_follows_from_what_the_policy_decides()
    {
        ExitPolicy policy = ExitPolicy.Create(Plan, 0.9f, 0.3f, 0.6f);
        Assert.Equal(policy.Id, ExitPolicy.Create(Plan, 0.9f, 0.3f, 0.6f).WithCalibration(Record).Id);
        Assert.NotEqual(policy.Id, policy.With(0, 0.91f).Id);
        Assert.NotEqual(policy.Id, policy.WithTemperature(3, 2).Id);
        Assert.NotEqual(policy.Id, policy.WithDisabled(2).Id);
        Assert.NotEqual(policy.Id, ExitPolicy.Create(Synthetic.Plan(4, fingerprint: "other"), 0.9f, 0.3f, 0.6f).Id);
    }

    [Fact]
    public void A_file_is_written_whole_and_read_back()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(directory, "policy.json");
            Calibrated.Save(path);
            Calibrated.Save(path);
            Assert.Equal(Calibrated.Id, ExitPolicy.Load(Plan, path).Id);
            Assert.Equal([path], Directory.GetFiles(directory));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_disabled_exit_never_fires_whatever_the_score()
    {
        ExitPolicy policy = Calibrated;
        Gen.Float.Sample(score => !Plan.Exits[1].Criterion!.ShouldExit(score, policy[1]) && !Confidence.ShouldExit(score, policy[1]));
        Assert.False(policy.IsEnabled(1));
        Assert.True(policy.With(1, 0.2f).IsEnabled(1));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "version is 2; this library reads version 1")]
    [InlineData("\"fingerprint\": \"5e1f0c\"", "\"fingerprint\": \"dead\"", "Paper (dead); the policy is wanted for Paper (5e1f0c)")]
    [InlineData("\"threshold\": 0.9", "\"threshold\": 1.5", "$.exits[0].threshold is 1.5; expected a number in [0, 1]")]
    [InlineData("\"threshold\": 0.9", "\"threshold\": null", "is null, but the exit is enabled")]
    [InlineData("\"threshold\": null", "\"threshold\": 0.5", "must be null for an exit that is not enabled")]
    [InlineData("\"threshold\": 0.9", "\"treshold\": 0.9", "unknown property 'treshold'")]
    [InlineData("\"threshold\": 0.9", "\"threshold\": 0.9, \"threshold\": 0.1", "threshold")]
    [InlineData("\"threshold\": 0.9", "\"threshold\": 0.8", "the file was changed after it was written")]
    [InlineData("\"temperature\": 1.7", "\"temperature\": 0", "$.exits[0].temperature is 0; expected a number in")]
    [InlineData("\"criterion\": \"margin\"", "\"criterion\": \"entropy\"", "exit 'exit2' of Paper uses 'margin'")]
    [InlineData("\"samples\": 5000", "\"samples\": -1", "$.calibration.samples is -1")]
    [InlineData("0.125", "0.5", "sum to")]
    [InlineData("\"schema\": \"earlyexitgen/exit-policy\"", "\"schema\": \"else\"", "is 'else'")]
    [InlineData("\"name\": \"exit0\"", "\"name\": \"\\ud800\"", "not valid Unicode")]
    public void A_wrong_document_is_refused_with_one_clear_sentence(string good, string bad, string message)
    {
        string json = Calibrated.ToJson();
        Assert.Contains(good, json, StringComparison.Ordinal);
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => ExitPolicy.Parse(Plan, json.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_document_is_refused_at_every_length()
    {
        string json = Calibrated.ToJson().TrimEnd();
        for (int length = 0; length < json.Length; length++)
        {
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => ExitPolicy.Parse(Plan, json[..length]));
            Assert.Contains("not a complete JSON document", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mutated_documents_give_the_policy_or_a_clear_error()
    {
        byte[] json = Encoding.UTF8.GetBytes(Calibrated.ToJson());
        string[] grafts = ["null", "{}", "[]", "-1", "1e999", "\"\\ud800\"", "NaN", "true", "\"Infinity\"", ",", "}", "\u0000", "0.5"];
        Gen.Select(Gen.Int[0, json.Length - 1], Gen.Int[0, 12], Gen.Int[0, 255], Gen.Int[0, 3 + grafts.Length - 1]).Sample(
            (position, length, value, kind) =>
            {
                List<byte> mutated = [.. json];
                int removed = Math.Min(length, json.Length - position);
                if (kind == 0) mutated[position] = (byte)value;
                else if (kind == 1) mutated.RemoveRange(position, removed);
                else if (kind == 2) mutated.InsertRange(position, json.AsSpan(position, removed).ToArray());
                else
                {
                    mutated.RemoveRange(position, removed);
                    mutated.InsertRange(position, Encoding.UTF8.GetBytes(grafts[kind - 3]));
                }

                try
                {
                    ExitPolicy read = ExitPolicy.Parse(Plan, Encoding.UTF8.GetString([.. mutated]));
                    Assert.Equal(Plan.Fingerprint, read.Network.Fingerprint);
                    for (int exit = 0; exit < 4; exit++) Assert.InRange(read.Temperature(exit), 1e-3f, 1e3f);
                }
                catch (InvalidDataException error)
                {
                    Assert.StartsWith("the policy", error.Message, StringComparison.Ordinal);
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void A_policy_that_could_not_be_read_back_is_not_written()
    {
        ExitPolicy policy = ExitPolicy.Create(Plan, 0.9f, 5f, 0.6f);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(policy.ToJson);
        Assert.Contains("threshold 5 of exit 'exit1'", error.Message, StringComparison.Ordinal);
    }
}
