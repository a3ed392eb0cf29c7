using EarlyExitGen.Benchmarks;

// One line and one file for each benchmark.
(string Name, string Purpose, Action Run)[] commands =
[
    ("generator", "the source generator, cold and after an edit, for 1, 100 and 1,000 networks", GeneratorBenchmark.Run),
];

foreach ((string name, _, Action run) in commands)
{
    if (args is not [var wanted] || wanted != name) continue;
    run();
    return 0;
}

Console.Error.WriteLine("Expected the name of one benchmark:");
foreach ((string name, string purpose, _) in commands) Console.Error.WriteLine($"  {name,-12} {purpose}");
return 2;
