using System.Globalization;
using BranchyNet;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using EarlyExitGen.Lab.Reports;
using EarlyExitGen.Lab.Training;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

const int HeldOut = 10_000;
const double Risk = 0.005;

if (args.Length is < 1 or > 3 || (args.Length > 1 && !(int.TryParse(args[1], CultureInfo.InvariantCulture, out int given) && given > 0)))
{
    Console.Error.WriteLine("Usage: BranchyNet <folder with MNIST's four IDX files> [epochs, 12] [report.html]");
    return 2;
}

try
{
    int epochs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 12;
    using DisposeScope scope = NewDisposeScope();
    Mnist all = Mnist.Read(args[0], "train");
    Mnist test = Mnist.Read(args[0], "t10k");
    int trained = (int)all.Labels.size(0) - HeldOut;
    if (trained < 1)
    {
        throw new InvalidDataException($"{args[0]} holds {all.Labels.size(0)} training images; more than {HeldOut} are needed.");
    }

    random.manual_seed(1);
    using BLeNet net = new();
    TrainingOptions options = new()
    {
        Epochs = epochs,
        LossWeights = LossWeights.Fixed(1.0, 0.3), // The paper's.
        Optimizer = parameters => optim.AdamW(parameters, 0.002),
        Scheduler = (optimizer, steps) => optim.lr_scheduler.LambdaLR(optimizer, step => 1 - (step / (steps + 1.0))),
        SchedulerInterval = SchedulerInterval.Batch,
        Seed = 1,
    };
    Mnist training = all.Between(0, trained);
    TrainingResult result = new EarlyExitTrainer(net, options).Fit(TrainingBatches.FromTensors(training.Images, training.Labels, 64));
    Console.WriteLine($"Trained {epochs} epochs in {result.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s.");
    net.eval();

    Mnist heldOut = all.Between(trained, trained + HeldOut);
    CalibrationResult calibration = Calibrator.CalibrateWithRisk(RecordedLogits.Record(net, heldOut.Images, heldOut.Labels), Risk, 0.95);
    RecordedLogits recorded = RecordedLogits.Record(net, test.Images, test.Labels);
    PolicyEvaluation evaluation = Evaluator.Evaluate(recorded, calibration.Policy);

    Tensor[] inputs = [.. Enumerable.Range(0, 2000).Select(index => test.Images[index..(index + 1)])];
    net.Policy = calibration.Policy;
    LatencyEvaluation eager = Timing.Eager(net, inputs);
    LatencyEvaluation pipeline = Timing.Pipeline(net, inputs);
    AnsiConsole.Write(PaperTable.Make(evaluation, eager, pipeline));
    AnsiConsole.Write(Resplits.Count(recorded, Risk, splits: 200));

    EvaluationReport report = new("B-LeNet on MNIST", DateTimeOffset.UtcNow, evaluation)
    {
        Calibration = calibration,
        Latency = pipeline,
        Shifts = ShiftEvaluation.Evaluate(net, test.Images, test.Labels, calibration.Policy),
        Slowdown = SlowdownAttack.Run(net, test.Images[..1000], test.Labels[..1000], calibration.Policy, epsilon: 0.3),
    };
    foreach (ReportTable table in ReportTable.Of(report)) AnsiConsole.Write(ConsoleTable.Of(table));
    if (args.Length > 2) report.Save(args[2]);
    return 0;
}
catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
