using BranchyNet;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using EarlyExitGen.TorchRuntime;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

const int HeldOut = 10_000;
const int Samples = 4_000;
const int Draws = 200;
const int TimedDigits = 2_000;
const double Risk = 0.003;
const double Confidence = 0.95;

if (Command.Parse(args) is not Command command)
{
    Console.Error.WriteLine(Command.Usage);
    return 2;
}

try
{
    Console.OutputEncoding = System.Text.Encoding.UTF8;
    if (!AnsiConsole.Profile.Out.IsTerminal) AnsiConsole.Profile.Width = 160;
    LibTorch.EnsureLoaded();
    set_num_threads(1);
    using DisposeScope scope = NewDisposeScope();
    Mnist all = Mnist.Read(command.DataFolder, "train");
    Mnist test = Mnist.Read(command.DataFolder, "t10k");
    int trained = (int)all.Labels.size(0) - HeldOut;
    if (trained < 1)
    {
        throw new InvalidDataException(
            $"{command.DataFolder} holds {all.Labels.size(0)} training images; more than {HeldOut} are needed.");
    }

    random.manual_seed(Training.Seed);
    using BLeNet net = new();
    Training.Train(net, all.Between(0, trained), command.Epochs);

    Mnist heldOut = all.Between(trained, trained + HeldOut);
    RecordedLogits unseen = RecordedLogits.Record(net, heldOut.Images, heldOut.Labels);
    CalibrationResult calibration = Calibrator.CalibrateWithRisk(unseen, Risk, Confidence);
    RecordedLogits recorded = RecordedLogits.Record(net, test.Images, test.Labels);
    PolicyEvaluation evaluation = Evaluator.Evaluate(recorded, calibration.Policy);
    int timed = Math.Min(TimedDigits, recorded.Rows);
    Timing[] timings = Timing.Measure(
        net, calibration.Policy, test.Images[..timed], Evaluator.Replay(recorded, calibration.Policy)[..timed]);
    AnsiConsole.Write(PaperTable.Counted(evaluation));
    AnsiConsole.Write(PaperTable.Clocked(timings, evaluation.Exits[0].Share));

    CalibrationOptions options = new() { SearchEffort = 5_000_000 };
    EvaluationReport report = new("B-LeNet on MNIST", DateTimeOffset.UtcNow, evaluation)
    {
        Calibration = calibration,
        Latency = timings[^1].Latency,
        Costs = timings[^1].Costs,
        Shifts = ShiftEvaluation.Evaluate(net, test.Images, test.Labels, calibration.Policy),
        Slowdown = SlowdownAttack.Run(net, test.Images[..1000], test.Labels[..1000], calibration.Policy, epsilon: 0.1),
        Promise = PromiseCheck.Run(unseen.Concat(recorded), Risk, Confidence, Samples, Draws, options: options),
    };
    foreach (ReportTable table in ReportTable.Of(report)) AnsiConsole.Write(ConsoleTable.Of(table));
    if (command.ReportPath is not null) report.Save(command.ReportPath);
    return 0;
}
catch (Exception exception) when (
    exception is IOException or InvalidDataException or UnauthorizedAccessException or LibTorchLoadException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
