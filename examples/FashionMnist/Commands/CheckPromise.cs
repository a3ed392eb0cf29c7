using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using FashionMnist.Reporting;
using Spectre.Console;

namespace FashionMnist.Commands;

/// <summary>Repeats the calibration on many random samples and counts how often its promise holds.</summary>
internal static class CheckPromise
{
    // A calibration on a fifth of the pool leaves enough of it to stand for new data.
    private const int PoolOverSamples = 5;

    /// <summary>Runs the command.</summary>
    /// <param name="network">The data and the network.</param>
    /// <param name="risk">The limit.</param>
    /// <param name="confidence">Of each promise.</param>
    /// <param name="draws">How often to calibrate.</param>
    /// <param name="samples">The images of each calibration; a fifth of all when null.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="cancellation">Ends it after the current draw.</param>
    public static int Run(
        NetworkOptions network,
        double risk,
        double confidence,
        int draws,
        int? samples,
        IAnsiConsole console,
        CancellationToken cancellation)
    {
        using TrainedNetwork trained = TrainedNetwork.Load(network, console);
        RecordedLogits pool = trained.RecordHeldOut().Concat(trained.Record(trained.Test));
        int each = samples ?? pool.Rows / PoolOverSamples;
        if (each < 2 || each >= pool.Rows)
        {
            throw new InvalidDataException(
                $"A calibration on {each:N0} of {pool.Rows:N0} images can't be checked; --samples takes a number from 2 to {pool.Rows - 1}.");
        }

        CalibrationOptions options = new() { SearchEffort = 20_000_000 };
        PromiseCheck check = PromiseCheck.Run(
            pool, risk, confidence, each, draws, options: options, cancellation: cancellation);
        ConsoleTables.Print(console, ReportTable.Of(check));
        console.WriteLine("The pool is all images that the network was not trained on. A promise is about its mean loss, which is what a");
        console.WriteLine("further image drawn from it loses on average. The rest, the images that a draw leaves, is a sample with noise of");
        console.WriteLine($"its own; were every promise made at the edge of its bound, {100 * check.HeldOnRestAtWorst:0.0} % would hold there.");
        return ExitCode.Success;
    }
}
