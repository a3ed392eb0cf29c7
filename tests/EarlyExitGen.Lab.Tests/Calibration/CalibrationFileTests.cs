using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Tests.Evaluation;
using EarlyExitGen.Lab.Tests.Weights;

namespace EarlyExitGen.Lab.Tests.Calibration;

public sealed class CalibrationFileTests : IDisposable
{
    private static readonly NetworkPlan Plan = Synthetic.Plan(3);

    private static readonly CalibrationResult Result = Calibrator.CalibrateWithRisk(
        Synthetic.Logits(Plan, 1500, seed: 3), 0.02, 0.95, options: new CalibrationOptions { SearchEffort = 300_000 });

    private readonly TemporaryFolder folder = new();

    private string Saved => folder.File("calibration.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_read_is_what_was_written()
    {
        Result.Save(Saved);
        CalibrationResult read = CalibrationResult.Load(Plan, Saved);
        Assert.Equal(Result.Policy.ToJson(), read.Policy.ToJson());
        Assert.Equal(Result.Front.Select(point => (point.Policy.Id, point.Loss, point.AverageCost, point.CostBound)),
            read.Front.Select(point => (point.Policy.Id, point.Loss, point.AverageCost, point.CostBound)));
        Assert.Equal(Result.Temperatures, read.Temperatures);
        Assert.Equal(Result.Guarantee!.ToString(), read.Guarantee!.ToString());
        Assert.Equal(Result.Guarantee.Tuned.Policy.Id, read.Guarantee.Tuned.Policy.Id);
        Assert.Equal(Result.Notes, read.Notes);
        Assert.Equal(Result.Costs.FullDepth, read.Costs.FullDepth);
        byte[] first = File.ReadAllBytes(Saved);
        read.Save(Saved);
        Assert.Equal(first, File.ReadAllBytes(Saved));
    }

    [Fact]
    public void Every_cut_and_every_foreign_file_is_one_error_that_names_the_file()
    {
        Result.Save(Saved);
        string whole = File.ReadAllText(Saved);
        string[] broken =
        [
            "", "{}", "null", "[1]", "not json",
            .. Enumerable.Range(1, 40).Select(part => whole[..(whole.Length * part / 41)]),
            whole.Replace("earlyexitgen/calibration", "else", StringComparison.Ordinal),
            whole.Replace("\"version\": 1", "\"version\": 9", StringComparison.Ordinal),
            whole.Replace("\"notes\"", "\"note\"", StringComparison.Ordinal),
            whole.Replace("\"unit\": \"MACs\"", "\"unit\": null", StringComparison.Ordinal),
            whole.Replace("\"harm\"", "\"good\"", StringComparison.Ordinal),
        ];
        foreach (string text in broken)
        {
            Assert.NotEqual(whole, text);
            File.WriteAllText(Saved, text);
            Assert.Contains(Saved, Assert.Throws<InvalidDataException>(() => CalibrationResult.Load(Plan, Saved)).Message,
                StringComparison.Ordinal);
        }

        Result.Save(Saved);
        Assert.Throws<InvalidDataException>(() => CalibrationResult.Load(Synthetic.Plan(3, fingerprint: "other"), Saved));
    }
}
