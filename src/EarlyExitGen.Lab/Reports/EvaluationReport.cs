using System.Collections.Immutable;
using System.Text;
using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>
/// Everything that is known of a network under a policy, as Markdown, JSON or one HTML page that needs nothing else. Parts that were not
/// measured are left out.
/// </summary>
/// <param name="Title">The report's title.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Evaluation">On data that neither training nor calibration saw.</param>
public sealed record EvaluationReport(string Title, DateTimeOffset Time, PolicyEvaluation Evaluation)
{
    /// <summary>How the policy was found.</summary>
    public CalibrationResult? Calibration { get; init; }

    /// <summary>Latencies by the clock.</summary>
    public LatencyEvaluation? Latency { get; init; }

    /// <summary>Costs beside the clock.</summary>
    public CostReconciliation? Costs { get; init; }

    /// <summary>How often such a promise holds.</summary>
    public PromiseCheck? Promise { get; init; }

    /// <summary>Inputs of unknown classes.</summary>
    public OutOfDistribution? OutOfDistribution { get; init; }

    /// <summary>Shifted inputs.</summary>
    public ImmutableArray<ShiftEvaluation> Shifts { get; init; } = [];

    /// <summary>An attack on the early exits.</summary>
    public SlowdownAttack? Slowdown { get; init; }

    /// <summary>The accuracy of a network trained without early exits on the same data, in [0, 1].</summary>
    public double? BaselineAccuracy { get; init; }

    /// <summary>One name per class; the numbers when empty.</summary>
    public ImmutableArray<string> ClassNames { get; init; } = [];

    /// <summary>What a reader should take away, in whole sentences.</summary>
    public IEnumerable<string> Statements => ReportStatements.Of(this);

    /// <summary>The report as Markdown tables.</summary>
    public string ToMarkdown() => MarkdownReport.Write(this);

    /// <summary>The report as indented JSON; a number that does not exist is the string <c>NaN</c>.</summary>
    public string ToJson() => JsonReport.Write(this);

    /// <summary>The report as one self-contained page: no script, no font, no picture from elsewhere.</summary>
    public string ToHtml() => HtmlReport.Write(this);

    /// <summary>
    /// Writes the report in the form that the path's extension names: .md, .json or .html. The file is complete or untouched.
    /// </summary>
    /// <exception cref="ArgumentException">The extension is another one.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text = Path.GetExtension(path) switch
        {
            ".md" => ToMarkdown(),
            ".json" => ToJson(),
            ".html" => ToHtml(),
            string other => throw new ArgumentException($"A report is .md, .json or .html, not '{other}'.", nameof(path)),
        };
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));
    }

    internal string ClassName(int label) => label < ClassNames.Length ? ClassNames[label] : Format.Count(label);
}
