using EarlyExitGen.Benchmarks;
using EarlyExitGen.Benchmarks.Compare;
using EarlyExitGen.Benchmarks.Economics;
using EarlyExitGen.Benchmarks.Startup;

// One line and one file for each benchmark.
(string Name, string Purpose, Func<string[], int> Run)[] commands =
[
    ("generator", "the source generator, cold and after an edit, for 1, 100 and 1,000 networks", Measured(GeneratorBenchmark.Run)),
    ("compare", "both pipelines beside hand-written TorchSharp and ONNX Runtime", CompareCommand.Run),
    ("economics", "what exits cost where nothing leaves, and what a batch of 64 gains where rows leave everywhere", EconomicsCommand.Run),
    ("startup", "files, memory and time to the first answer of whole programs", StartupBenchmark.Run),
    ("criteria", "each criterion for one row, beside TorchSharp's operations that compute the same", Measured(CriteriaBenchmark.Run)),
];

foreach ((string name, _, Func<string[], int> run) in commands)
{
    if (args is [var wanted, .. var rest] && wanted == name) return run(rest);
}

Console.Error.WriteLine("Expected the name of one benchmark:");
foreach ((string name, string purpose, _) in commands) Console.Error.WriteLine($"  {name,-12} {purpose}");
return 2;

static Func<string[], int> Measured(Action benchmark) => _ =>
{
    benchmark();
    return 0;
};
