using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using EarlyExitGen.Lab.Tests.Evaluation;

namespace EarlyExitGen.Lab.Tests.Reports;

public sealed class ReportTests
{
    private static readonly Lazy<EvaluationReport> Whole = new(MakeWhole);

    [Fact]
    public void The_page_is_small_and_well_formed_and_loads_nothing()
    {
        string page = Whole.Value.ToHtml();
        Assert.True(page.Length < 2_000_000, $"{page.Length} characters");
        XDocument document = Parse(page);
        Assert.DoesNotContain(document.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" or "onload");
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_every_plot()
    {
        string[] headings = [.. Parse(Whole.Value.ToHtml()).Descendants("h2").Select(heading => heading.Value)];
        foreach (string heading in new[]
        {
            "Accuracy against compute", "Exits by depth", "Reliability", "Latency", "Unknown inputs", "Sensitivity to each threshold",
            "Classes by exit",
        })
        {
            Assert.Contains(heading, headings);
        }
    }

    [Fact]
    public void Coordinates_stay_within_the_drawing()
    {
        foreach (XElement circle in Parse(Whole.Value.ToHtml()).Descendants("circle"))
        {
            Assert.InRange(double.Parse(circle.Attribute("cx")!.Value, CultureInfo.InvariantCulture), 0, 360);
            Assert.InRange(double.Parse(circle.Attribute("cy")!.Value, CultureInfo.InvariantCulture), 0, 240);
        }
    }

    [Fact]
    public void Foreign_text_stays_text()
    {
        const string Hostile = "</title><script>alert('1')</script> & \"x\" | *b* `c`\n# d";
        EvaluationReport report = Whole.Value with { Title = Hostile, ClassNames = [Hostile] };
        XDocument page = Parse(report.ToHtml());
        Assert.Equal(Hostile, page.Descendants("title").First().Value);
        Assert.Empty(page.Descendants("script"));
        string markdown = report.ToMarkdown();
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
        const string Escaped = "# &lt;/title>&lt;script>alert('1')&lt;/script> &amp; \"x\" \\| \\*b\\* \\`c\\` \\# d\n";
        Assert.StartsWith(Escaped, markdown, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(Hostile, json.RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public void Every_markdown_table_is_rectangular()
    {
        int columns = 0;
        foreach (string line in Whole.Value.ToMarkdown().Split('\n'))
        {
            int bars = line.StartsWith('|') ? line.Replace("\\|", "", StringComparison.Ordinal).Count(letter => letter == '|') : 0;
            if (bars > 0 && columns > 0) Assert.Equal(columns, bars);
            columns = bars;
        }
    }

    [Fact]
    public void The_json_holds_the_figures()
    {
        using JsonDocument json = JsonDocument.Parse(Whole.Value.ToJson());
        JsonElement evaluation = json.RootElement.GetProperty("evaluation");
        Assert.Equal(Whole.Value.Evaluation.Accuracy, evaluation.GetProperty("accuracy").GetDouble());
        Assert.Equal(Whole.Value.Evaluation.Policy.Id, evaluation.GetProperty("policy").GetProperty("id").GetString());
        Assert.Equal(0.95, json.RootElement.GetProperty("calibration").GetProperty("guarantee").GetProperty("confidence").GetDouble());
    }

    [Fact]
    public void A_report_with_nothing_but_an_evaluation_is_whole_too()
    {
        EvaluationReport bare = new("Bare", Whole.Value.Time, Whole.Value.Evaluation);
        Assert.NotEmpty(Parse(bare.ToHtml()).Descendants("figure"));
        Assert.Contains("## Exits", bare.ToMarkdown(), StringComparison.Ordinal);
        JsonDocument.Parse(bare.ToJson()).Dispose();
    }

    [Fact]
    public void The_extension_names_the_form()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            foreach ((string name, string start) in new[] { ("a.md", "# "), ("a.json", "{"), ("a.html", "<!doctype html>") })
            {
                string path = Path.Combine(directory, name);
                Whole.Value.Save(path);
                Assert.StartsWith(start, File.ReadAllText(path), StringComparison.Ordinal);
            }

            ArgumentException error = Assert.Throws<ArgumentException>(() => Whole.Value.Save(Path.Combine(directory, "a.pdf")));
            Assert.Contains("not '.pdf'", error.Message, StringComparison.Ordinal);
            Assert.Equal(3, Directory.GetFiles(directory).Length);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static XDocument Parse(string page) => XDocument.Parse(page
        .Replace("<!doctype html>", "", StringComparison.Ordinal)
        .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal)
        .Replace("initial-scale=1\">", "initial-scale=1\"/>", StringComparison.Ordinal)
        .Replace("'unsafe-inline'\">", "'unsafe-inline'\"/>", StringComparison.Ordinal));

    private static EvaluationReport MakeWhole()
    {
        NetworkPlan plan = Synthetic.Plan(4);
        RecordedLogits test = Synthetic.Logits(plan, 3000, seed: 2, sharpness: 2);
        CalibrationResult calibration = Calibrator.CalibrateWithRisk(
            Synthetic.Logits(plan, 5000, seed: 1, sharpness: 2),
            0.02,
            0.95,
            options: new CalibrationOptions { SearchEffort = 20_000_000 });
        PolicyEvaluation evaluation = Evaluator.Evaluate(test, calibration.Policy);
        Random random = new(1);
        double[] full = [.. Enumerable.Range(0, 1000).Select(_ => 1 + (0.3 * random.NextDouble()))];
        double[] early = [.. full.Select(value => value * (random.NextDouble() < 0.7 ? 0.4 : 1.1))];
        return new EvaluationReport("A network on paper", new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), evaluation)
        {
            Calibration = calibration,
            Latency = LatencyEvaluation.Of("ms", early, full),
            OutOfDistribution = OutOfDistribution.Compare(
                test, Synthetic.Logits(plan, 2000, seed: 3, sharpness: 0.6f), calibration.Policy),
            Shifts = [new ShiftEvaluation("noise", 0.8, 0.81, 0.5, 2000)],
            Slowdown = new SlowdownAttack(0.1, 20, 1500, 2600, 1550, 4200, 0.8, 0.3, 0.9, 0.7),
            BaselineAccuracy = 0.93,
        };
    }
}
